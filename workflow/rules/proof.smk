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
        "python -m symbolnet prove_graph --graph {input.graph:q} --rtl {input.rtl:q}"
        " --certificate {output.certificate:q} > {log:q} 2>&1"


rule prove_bitwise:
    """A second proof of every node, by another reader and an SMT solver, bit by bit."""
    input:
        graph="<firmware>/graph.json",
        rtl="<firmware>/rtl",
    output:
        bitwise_proof="<firmware>/bitwise_proof.json",
    log:
        "<logs>/prove_bitwise/{dataset}-{choice}.log",
    benchmark:
        "<logs>/prove_bitwise/{dataset}-{choice}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("prove_bitwise"),
        code=code("prove_bitwise"),
    shell:
        "python -m symbolnet prove_bitwise --graph {input.graph:q} --rtl {input.rtl:q}"
        " --bitwise-proof {output.bitwise_proof:q} --spec {params.spec:q} > {log:q} 2>&1"


rule certify_distance:
    """Bounds of how far the hardware may be from its formulas, for all inputs in range."""
    input:
        graph="<firmware>/graph.json",
        chosen="<firmware>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        distance="<firmware>/distance.json",
    log:
        "<logs>/certify_distance/{dataset}-{choice}.log",
    params:
        code=code("certify_distance"),
    shell:
        "python -m symbolnet certify_distance --graph {input.graph:q} --chosen {input.chosen:q}"
        " --dataset {input.dataset:q} --distance {output.distance:q} > {log:q} 2>&1"


rule prove_netlist:
    """A solver's proof that the netlist computes what the Verilog computes, bit by bit."""
    input:
        rtl="<firmware>/rtl",
        resources="<firmware>/resources.json",
    output:
        netlist_proof="<firmware>/netlist_proof.json",
    log:
        "<logs>/prove_netlist/{dataset}-{choice}.log",
    benchmark:
        "<logs>/prove_netlist/{dataset}-{choice}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("prove_netlist"),
        code=code("prove_netlist"),
    shell:
        "python -m symbolnet prove_netlist --rtl {input.rtl:q} --resources {input.resources:q}"
        " --netlist-proof {output.netlist_proof:q} --spec {params.spec:q} > {log:q} 2>&1"


rule write_testbench:
    """Testbenches in plain Verilog and VHDL with every vector of the reference."""
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
        "python -m symbolnet write_testbench --rtl {input.rtl:q} --graph {input.graph:q}"
        " --vectors {input.vectors:q} --testbench {output.testbench:q} > {log:q} 2>&1"


rule place_and_route:
    """The clock rate of a pipeline of the graph, placed and routed on an open family."""
    input:
        graph="<firmware>/graph.json",
        vectors="<firmware>/vectors.npz",
    output:
        timing="<firmware>/timing.json",
    log:
        "<logs>/place_and_route/{dataset}-{choice}.log",
    benchmark:
        "<logs>/place_and_route/{dataset}-{choice}.tsv"
    params:
        spec=SPECS.of("place_and_route"),
        code=code("place_and_route"),
    shell:
        "python -m symbolnet place_and_route --graph {input.graph:q} --vectors {input.vectors:q}"
        " --timing {output.timing:q} --spec {params.spec:q} > {log:q} 2>&1"
