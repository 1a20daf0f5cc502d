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
