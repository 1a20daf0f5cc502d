rule write_manifest:
    """Hashes of every file, settings, versions and times; the same as an RO-Crate."""
    input:
        "<results>/summary.json",
        "<results>/report/index.html",
        FILES.datasets("dataset.npz"),
        FILES.trainings("metrics.json"),
        FILES.peers("metrics.json"),
        FILES.choices("precision.json"),
        FILES.choices("vectors.npz"),
        FILES.choices("rtl"),
        FILES.choices("hls"),
        FILES.choices("certificate.json"),
        FILES.choices("testbench"),
        FILES.timings,
    output:
        manifest="<results>/manifest.json",
        crate="<results>/ro-crate-metadata.json",
        source=directory("<results>/source"),
    log:
        "<logs>/write_manifest.log",
    params:
        snakefile=in_project("Snakefile"),
        spec=SPECS.run,
        code=run_fingerprint(),
    shell:
        "python -m symbolnet write_manifest --snakefile {params.snakefile:q}"
        " --source {output.source:q} --manifest {output.manifest:q} --crate {output.crate:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"
