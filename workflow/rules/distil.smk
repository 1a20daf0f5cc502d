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
