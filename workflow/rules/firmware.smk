rule build_graph:
    """The chosen expressions as one fixed-point graph."""
    input:
        chosen="<firmware>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        graph="<firmware>/graph.json",
        precision="<firmware>/precision.json",
    log:
        "<logs>/build_graph/{dataset}-{choice}.log",
    params:
        spec=SETTINGS.firmware.model_dump_json(include={"precision", "search"}),
        code=code("build_graph"),
    shell:
        "python -m symbolnet build_graph --chosen {input.chosen} --dataset {input.dataset}"
        " --graph {output.graph} --precision {output.precision}"
        " --spec {params.spec:q} > {log} 2>&1"


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
        "python -m symbolnet evaluate_graph --graph {input.graph} --chosen {input.chosen}"
        " --dataset {input.dataset} --vectors {output.vectors}"
        " --reference {output.reference} > {log} 2>&1"


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
        spec=SETTINGS.firmware.model_dump_json(),
        code=code("simulate_rtl"),
    shell:
        "python -m symbolnet simulate_rtl --graph {input.graph} --vectors {input.vectors}"
        " --dataset {input.dataset} --rtl {output.rtl} --result {output.result}"
        " --spec {params.spec:q} > {log} 2>&1"


rule simulate_hls:
    """An HLS project of the same expressions; its C model run on the test set."""
    input:
        chosen="<firmware>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        hls=directory("<firmware>/hls"),
        result="<firmware>/hls.json",
    log:
        "<logs>/simulate_hls/{dataset}-{choice}.log",
    benchmark:
        "<logs>/simulate_hls/{dataset}-{choice}.tsv"
    params:
        spec=SETTINGS.firmware.model_dump_json(),
        code=code("simulate_hls"),
    shell:
        "python -m symbolnet simulate_hls --chosen {input.chosen} --dataset {input.dataset}"
        " --hls {output.hls} --result {output.result} --spec {params.spec:q} > {log} 2>&1"


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
        spec=SETTINGS.firmware.model_dump_json(),
        code=code("count_resources"),
    shell:
        "python -m symbolnet count_resources --rtl {input.rtl} --graph {input.graph}"
        " --vectors {input.vectors}"
        " --resources {output.resources} --spec {params.spec:q} > {log} 2>&1"


rule prove_graph:
    """A certificate that the Verilog computes the graph, node by node."""
    input:
        graph="<firmware>/graph.json",
        rtl="<firmware>/rtl",
    output:
        certificate="<firmware>/certificate.json",
    log:
        "<logs>/prove_graph/{dataset}-{choice}.log",
    params:
        code=code("prove_graph"),
    shell:
        "python -m symbolnet prove_graph --graph {input.graph} --rtl {input.rtl}"
        " --certificate {output.certificate} > {log} 2>&1"


rule write_testbench:
    """A testbench in plain Verilog with every vector of the reference."""
    input:
        rtl="<firmware>/rtl",
        graph="<firmware>/graph.json",
        vectors="<firmware>/vectors.npz",
    output:
        testbench=directory("<firmware>/testbench"),
    log:
        "<logs>/write_testbench/{dataset}-{choice}.log",
    params:
        code=code("write_testbench"),
    shell:
        "python -m symbolnet write_testbench --rtl {input.rtl} --graph {input.graph}"
        " --vectors {input.vectors} --testbench {output.testbench} > {log} 2>&1"
