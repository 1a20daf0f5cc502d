rule train_rival:
    """A classifier without formulas on the same data, as a graph."""
    input:
        dataset="<data>/dataset.npz",
    output:
        graph="<rival>/graph.json",
        vectors="<rival>/vectors.npz",
        reference="<rival>/reference.json",
    log:
        "<logs>/train_rival/{dataset}-{rival}.log",
    benchmark:
        "<logs>/train_rival/{dataset}-{rival}.tsv"
    params:
        spec=SPECS.of("train_rival"),
        code=code("train_rival"),
    shell:
        "python -m symbolnet train_rival --dataset {input.dataset:q} --graph {output.graph:q}"
        " --vectors {output.vectors:q} --reference {output.reference:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


use rule simulate_rtl as simulate_rival with:
    input:
        graph="<rival>/graph.json",
        vectors="<rival>/vectors.npz",
        dataset="<data>/dataset.npz",
    output:
        rtl=directory("<rival>/rtl"),
        result="<rival>/rtl.json",
    log:
        "<logs>/simulate_rival/{dataset}-{rival}.log",
    benchmark:
        "<logs>/simulate_rival/{dataset}-{rival}.tsv"


use rule count_resources as count_rival with:
    input:
        rtl="<rival>/rtl",
        graph="<rival>/graph.json",
        vectors="<rival>/vectors.npz",
    output:
        resources="<rival>/resources.json",
    log:
        "<logs>/count_rival/{dataset}-{rival}.log",
    benchmark:
        "<logs>/count_rival/{dataset}-{rival}.tsv"
