rule write_manifest:
    """Hashes of every file, settings, versions and times; the same as an RO-Crate."""
    input:
        "<results>/summary.json",
        "<results>/report/index.html",
        data_files("dataset.npz"),
        training_files("metrics.json"),
        peer_files("metrics.json"),
        choice_files("precision.json"),
        choice_files("vectors.npz"),
        choice_files("rtl"),
        choice_files("hls"),
        choice_files("certificate.json"),
        choice_files("testbench"),
        timing_files,
    output:
        manifest="<results>/manifest.json",
        crate="<results>/ro-crate-metadata.json",
        source=directory("<results>/source"),
    log:
        "<logs>/write_manifest.log",
    params:
        spec=selected(SETTINGS).model_dump_json(),
        code=run_fingerprint(),
    shell:
        "python -m symbolnet write_manifest --snakefile Snakefile --source {output.source}"
        " --manifest {output.manifest} --crate {output.crate} --spec {params.spec:q} > {log} 2>&1"
