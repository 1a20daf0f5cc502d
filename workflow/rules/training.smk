# The constraint on `training` reaches wildcards of the rule itself only, not those of <training>.
rule train:
    """All members of one training, batched; the checkpoint survives a kill."""
    input:
        dataset="<data>/dataset.npz",
    output:
        network="<results>/training/{dataset}/{training}/network.safetensors",
        history="<results>/training/{dataset}/{training}/history.csv",
        members="<results>/training/{dataset}/{training}/members.json",
    log:
        "<logs>/train/{dataset}-{training}.log",
    benchmark:
        "<logs>/train/{dataset}-{training}.tsv"
    wildcard_constraints:
        training=SPECS.trainings(whole=True),
    threads: SPECS.threads
    resources:
        mem_mb=4000,
        runtime="4h",
        gpu=SPECS.gpus,
    params:
        spec=SPECS.of("train"),
        code=code("train"),
    shell:
        "python -m symbolnet train --dataset {input.dataset:q} --network {output.network:q}"
        " --history {output.history:q} --members {output.members:q}"
        " --checkpoint {output.network:q}.checkpoint --spec {params.spec:q} > {log:q} 2>&1"


rule train_shard:
    """Some members of a training that several jobs share."""
    input:
        dataset="<data>/dataset.npz",
    output:
        shard=temp("<results>/training/{dataset}/{training}/{part}-of-{shards}.shard"),
    log:
        "<logs>/train_shard/{dataset}-{training}-{part}-of-{shards}.log",
    benchmark:
        "<logs>/train_shard/{dataset}-{training}-{part}-of-{shards}.tsv"
    wildcard_constraints:
        training=SPECS.trainings(whole=False),
        part=r"\d+",
        shards=r"\d+",
    threads: SPECS.threads
    resources:
        mem_mb=4000,
        runtime="4h",
    params:
        spec=SPECS.of("train_shard"),
        code=code("train_shard"),
    shell:
        "python -m symbolnet train_shard --dataset {input.dataset:q} --shard {output.shard:q}"
        " --checkpoint {output.shard:q}.checkpoint --spec {params.spec:q} > {log:q} 2>&1"


rule join_shards:
    """The members of all shards, as one job would have trained them."""
    input:
        dataset="<data>/dataset.npz",
        shards=FILES.shards,
    output:
        network="<results>/training/{dataset}/{training}/network.safetensors",
        history="<results>/training/{dataset}/{training}/history.csv",
        members="<results>/training/{dataset}/{training}/members.json",
    log:
        "<logs>/join_shards/{dataset}-{training}.log",
    benchmark:
        "<logs>/join_shards/{dataset}-{training}.tsv"
    wildcard_constraints:
        training=SPECS.trainings(whole=False),
    threads: SPECS.threads
    resources:
        mem_mb=4000,
        runtime="4h",
    params:
        spec=SPECS.of("join_shards"),
        code=code("join_shards"),
    shell:
        "python -m symbolnet join_shards --dataset {input.dataset:q} --shards {input.shards:q}"
        " --network {output.network:q} --history {output.history:q} --members {output.members:q}"
        " --checkpoint {output.network:q}.checkpoint --spec {params.spec:q} > {log:q} 2>&1"
