rule write_manifest:
    """Hashes of every file, settings, versions and times; the same as an RO-Crate."""
    input:
        "<results>/summary.json",
        "<results>/report/index.html",
        FILES.beside_page,
    output:
        manifest="<results>/manifest.json",
        crate="<results>/ro-crate-metadata.json",
        source=directory("<results>/source"),
    log:
        "<logs>/write_manifest.log",
    params:
        snakefile=in_project("Snakefile"),
        spec=SPECS.of("write_manifest"),
        code=run_fingerprint(),
    shell:
        "python -m symbolnet write_manifest --snakefile {params.snakefile:q}"
        " --source {output.source:q} --manifest {output.manifest:q} --crate {output.crate:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"
