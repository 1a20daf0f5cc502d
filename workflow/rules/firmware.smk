rule search_formats:
    """What the members of a training reach in fixed point, at which LUTs."""
    input:
        expressions="<training>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        formats="<training>/formats.json",
    log:
        "<logs>/search_formats/{dataset}-{training}.log",
    benchmark:
        "<logs>/search_formats/{dataset}-{training}.tsv"
    params:
        spec=SPECS.of("search_formats"),
        code=code("search_formats"),
    shell:
        "python -m symbolnet search_formats --expressions {input.expressions:q}"
        " --dataset {input.dataset:q} --formats {output.formats:q} --spec {params.spec:q}"
        " > {log:q} 2>&1"


rule build_graph:
    """The chosen expressions as one fixed-point graph."""
    input:
        chosen="<firmware>/expressions.json",
        dataset="<data>/dataset.npz",
        formats=FILES.formats,
    output:
        graph="<firmware>/graph.json",
        precision="<firmware>/precision.json",
    log:
        "<logs>/build_graph/{dataset}-{choice}.log",
    params:
        spec=SPECS.of("build_graph"),
        code=code("build_graph"),
    shell:
        "python -m symbolnet build_graph --chosen {input.chosen:q} --dataset {input.dataset:q}"
        " --graph {output.graph:q} --precision {output.precision:q}"
        " --formats {input.formats:q} --spec {params.spec:q} > {log:q} 2>&1"


rule evaluate_graph:
    """The int64 reference on the whole test set: accuracy and the vectors for simulation."""
    input:
        graph="<firmware>/graph.json",
        chosen="<firmware>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        vectors="<firmware>/vectors.npz",
        reference="<firmware>/reference.json",
    log:
        "<logs>/evaluate_graph/{dataset}-{choice}.log",
    params:
        code=code("evaluate_graph"),
    shell:
        "python -m symbolnet evaluate_graph --graph {input.graph:q} --chosen {input.chosen:q}"
        " --dataset {input.dataset:q} --vectors {output.vectors:q}"
        " --reference {output.reference:q} > {log:q} 2>&1"


rule simulate_rtl:
    """Verilog of the graph, simulated on every vector of the reference."""
    input:
        graph="<firmware>/graph.json",
        vectors="<firmware>/vectors.npz",
        dataset="<data>/dataset.npz",
    output:
        rtl=directory("<firmware>/rtl"),
        result="<firmware>/rtl.json",
    log:
        "<logs>/simulate_rtl/{dataset}-{choice}.log",
    benchmark:
        "<logs>/simulate_rtl/{dataset}-{choice}.tsv"
    params:
        spec=SPECS.of("simulate_rtl"),
        code=code("simulate_rtl"),
    shell:
        "python -m symbolnet simulate_rtl --graph {input.graph:q} --vectors {input.vectors:q}"
        " --dataset {input.dataset:q} --rtl {output.rtl:q} --result {output.result:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule count_resources:
    """Yosys counts of the simulated RTL, and a simulation of the netlist that was counted."""
    input:
        rtl="<firmware>/rtl",
        graph="<firmware>/graph.json",
        vectors="<firmware>/vectors.npz",
    output:
        resources="<firmware>/resources.json",
    log:
        "<logs>/count_resources/{dataset}-{choice}.log",
    benchmark:
        "<logs>/count_resources/{dataset}-{choice}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("count_resources"),
        code=code("count_resources"),
    shell:
        "python -m symbolnet count_resources --rtl {input.rtl:q} --graph {input.graph:q}"
        " --vectors {input.vectors:q}"
        " --resources {output.resources:q} --spec {params.spec:q} > {log:q} 2>&1"


rule write_emulator:
    """C++ and Python of plain integers that compute what the hardware does, to the last bit."""
    input:
        graph="<firmware>/graph.json",
        vectors="<firmware>/vectors.npz",
    output:
        emulator=directory("<firmware>/emulator"),
        result="<firmware>/emulator.json",
    log:
        "<logs>/write_emulator/{dataset}-{choice}.log",
    params:
        code=code("write_emulator"),
    shell:
        "python -m symbolnet write_emulator --graph {input.graph:q} --vectors {input.vectors:q}"
        " --emulator {output.emulator:q} --result {output.result:q} > {log:q} 2>&1"
