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
        spec=baseline_spec,
        code=code("train_baseline"),
    shell:
        "python -m symbolnet train_baseline --dataset {input.dataset}"
        " --expressions {output.expressions} --metrics {output.metrics}"
        " --members {output.members} --spec {params.spec:q} > {log} 2>&1"
