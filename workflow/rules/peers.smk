rule train_baseline:
    """A small peer of the method on the same data: a sparse sum of fixed terms."""
    input:
        dataset="<data>/dataset.npz",
    output:
        expressions="<peer>/expressions.json",
        metrics="<peer>/metrics.json",
        members="<peer>/members.json",
    log:
        "<logs>/train_baseline/{dataset}-{peer}.log",
    benchmark:
        "<logs>/train_baseline/{dataset}-{peer}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("train_baseline"),
        code=code("train_baseline"),
    shell:
        "python -m symbolnet train_baseline --dataset {input.dataset:q}"
        " --expressions {output.expressions:q} --metrics {output.metrics:q}"
        " --members {output.members:q} --spec {params.spec:q} > {log:q} 2>&1"


rule train_reference:
    """A model without formulas on the same data, for its accuracy alone."""
    input:
        dataset="<data>/dataset.npz",
    output:
        scores="<results>/references/{dataset}/{kind}/scores.json",
    log:
        "<logs>/train_reference/{dataset}-{kind}.log",
    benchmark:
        "<logs>/train_reference/{dataset}-{kind}.tsv"
    wildcard_constraints:
        kind="linear|boosted|mlp",
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("train_reference"),
        code=code("train_reference"),
    shell:
        "python -m symbolnet train_reference --dataset {input.dataset:q}"
        " --scores {output.scores:q} --spec {params.spec:q} > {log:q} 2>&1"
