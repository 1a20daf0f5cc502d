rule generate_jets:
    """One class and chunk of generated jets, with a seed of its own."""
    output:
        raw="<data>/raw/{jet}-{chunk}.root",
    log:
        "<logs>/generate_jets/{dataset}-{jet}-{chunk}.log",
    benchmark:
        "<logs>/generate_jets/{dataset}-{jet}-{chunk}.tsv"
    wildcard_constraints:
        jet="[a-z]+",
        chunk=r"\d+",
    resources:
        mem_mb=2000,
        runtime="2h",
    params:
        spec=SPECS.of("generate_jets"),
        code=code("generate_jets"),
    shell:
        "python -m symbolnet generate_jets --raw {output.raw:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule fetch_data:
    """An official file; its hash decides what it is, so no edit of code downloads it again."""
    output:
        file="downloads/{file}",
    log:
        "<logs>/fetch_data/{file}.log",
    # Nodes of a cluster often have no way out; the login node has.
    localrule: True
    params:
        lock=in_project("config/downloads.lock.json"),
    shell:
        "python -m symbolnet fetch_data --file {output.file:q}"
        " --lock {params.lock:q} > {log:q} 2>&1"


rule compute_features:
    """The features of the jets of one raw file, or the pixels of images and their labels."""
    input:
        raw=FILES.raw,
    output:
        features="<data>/features/{part}.npz",
    log:
        "<logs>/compute_features/{dataset}-{part}.log",
    benchmark:
        "<logs>/compute_features/{dataset}-{part}.tsv"
    resources:
        mem_mb=1500,
        runtime="1h",
    params:
        spec=SPECS.of("compute_features"),
        code=code("compute_features"),
    shell:
        "python -m symbolnet compute_features --raw {input.raw:q} --features {output.features:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule prepare_dataset:
    """Train, validation and test, standardised: the one contract of all later stages."""
    input:
        train=FILES.features("train"),
        test=FILES.features("test"),
    output:
        dataset="<data>/dataset.npz",
    log:
        "<logs>/prepare_dataset/{dataset}.log",
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("prepare_dataset"),
        code=code("prepare_dataset"),
    shell:
        "python -m symbolnet prepare_dataset --train {input.train:q} --test {input.test:q}"
        " --dataset {output.dataset:q} --spec {params.spec:q} > {log:q} 2>&1"


rule describe_dataset:
    """Histograms by class and the distance to the published quantiles, for the report."""
    input:
        dataset="<data>/dataset.npz",
    output:
        description="<data>/description.json",
    log:
        "<logs>/describe_dataset/{dataset}.log",
    params:
        code=code("describe_dataset"),
    shell:
        "python -m symbolnet describe_dataset --dataset {input.dataset:q}"
        " --description {output.description:q} > {log:q} 2>&1"
