rule train:
    """All members of one training, batched; the checkpoint survives a kill."""
    input:
        dataset="<data>/dataset.npz",
    output:
        network="<training>/network.safetensors",
        history="<training>/history.csv",
        members="<training>/members.json",
    log:
        "<logs>/train/{dataset}-{training}.log",
    benchmark:
        "<logs>/train/{dataset}-{training}.tsv"
    threads: training_threads
    resources:
        mem_mb=4000,
        runtime="4h",
        gpu=training_gpus,
    params:
        spec=training_spec,
        code=code("train"),
    shell:
        "python -m symbolnet train --dataset {input.dataset} --network {output.network}"
        " --history {output.history} --members {output.members}"
        " --checkpoint {output.network}.checkpoint --spec {params.spec:q} > {log} 2>&1"
