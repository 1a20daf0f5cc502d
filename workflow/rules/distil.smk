rule simulate_bodies:
    """The motion of bodies under a force, from random first states."""
    output:
        simulations="<system>/simulations.npz",
    log:
        "<logs>/simulate_bodies/{system}.log",
    benchmark:
        "<logs>/simulate_bodies/{system}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("simulate_bodies"),
        code=code("simulate_bodies"),
    shell:
        "python -m symbolnet simulate_bodies --simulations {output.simulations:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule train_graph_networks:
    """Graph networks that predict accelerations, side by side; the checkpoint survives a kill."""
    input:
        simulations="<system>/simulations.npz",
    output:
        trained="<networks>/network.safetensors",
        errors="<networks>/errors.csv",
        timing_of_training="<networks>/training.json",
    log:
        "<logs>/train_graph_networks/{system}-{networks}.log",
    benchmark:
        "<logs>/train_graph_networks/{system}-{networks}.tsv"
    threads: SPECS.graph_threads
    resources:
        mem_mb=4000,
        runtime="8h",
    params:
        spec=SPECS.of("train_graph_networks"),
        code=code("train_graph_networks"),
    shell:
        "python -m symbolnet train_graph_networks --simulations {input.simulations:q}"
        " --trained {output.trained:q} --errors {output.errors:q}"
        " --timing-of-training {output.timing_of_training:q}"
        " --checkpoint {output.trained:q}.checkpoint --spec {params.spec:q} > {log:q} 2>&1"


rule distil_laws:
    """Laws of the messages, their constants refitted to accelerations."""
    input:
        simulations="<system>/simulations.npz",
        trained="<networks>/network.safetensors",
    output:
        laws="<networks>/laws.json",
    log:
        "<logs>/distil_laws/{system}-{networks}.log",
    benchmark:
        "<logs>/distil_laws/{system}-{networks}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("distil_laws"),
        code=code("distil_laws"),
    shell:
        "python -m symbolnet distil_laws --simulations {input.simulations:q}"
        " --trained {input.trained:q} --laws {output.laws:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule fit_directly:
    """The same library of laws without any network: the peer of them all."""
    input:
        simulations="<system>/simulations.npz",
    output:
        direct="<system>/direct.json",
    log:
        "<logs>/fit_directly/{system}.log",
    benchmark:
        "<logs>/fit_directly/{system}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("fit_directly"),
        code=code("fit_directly"),
    shell:
        "python -m symbolnet fit_directly --simulations {input.simulations:q}"
        " --direct {output.direct:q} --spec {params.spec:q} > {log:q} 2>&1"


rule judge_laws:
    """Errors and motion of networks and laws on bodies that none has seen."""
    input:
        simulations="<system>/simulations.npz",
        trained="<networks>/network.safetensors",
        laws="<networks>/laws.json",
        direct="<system>/direct.json",
    output:
        judged="<networks>/judged.json",
    log:
        "<logs>/judge_laws/{system}-{networks}.log",
    benchmark:
        "<logs>/judge_laws/{system}-{networks}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("judge_laws"),
        code=code("judge_laws"),
    shell:
        "python -m symbolnet judge_laws --simulations {input.simulations:q}"
        " --trained {input.trained:q} --laws {input.laws:q} --direct {input.direct:q}"
        " --judged {output.judged:q} --spec {params.spec:q} > {log:q} 2>&1"


rule write_distil_report:
    """Summary and page of the distillation of all systems."""
    input:
        FILES.of_distil,
    output:
        distil_summary="<distil>/summary.json",
        distil_page="<distil>/report/index.html",
    log:
        "<logs>/write_distil_report.log",
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("write_distil_report"),
        code=code("write_distil_report"),
    shell:
        "python -m symbolnet write_distil_report --inputs {input:q}"
        " --distil-summary {output.distil_summary:q} --distil-page {output.distil_page:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule write_distil_manifest:
    """Hashes of every file of the distillation."""
    input:
        distil_summary="<distil>/summary.json",
        distil_page="<distil>/report/index.html",
    output:
        distil_manifest_file="<distil>/manifest.json",
    log:
        "<logs>/write_distil_manifest.log",
    params:
        spec=SPECS.of("write_distil_manifest"),
        code=code("write_distil_manifest"),
    shell:
        "python -m symbolnet write_distil_manifest --distil-summary {input.distil_summary:q}"
        " --distil-page {input.distil_page:q}"
        " --distil-manifest-file {output.distil_manifest_file:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


# Laws out of graph networks, a study of its own: `snakemake distil`.
rule distil:
    input:
        "<distil>/summary.json",
        "<distil>/report/index.html",
        "<distil>/manifest.json",
