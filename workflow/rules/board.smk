rule write_board:
    """The design behind AXI4-Stream under stalls, and what it takes to put it on a board."""
    input:
        rtl="<firmware>/rtl",
        graph="<firmware>/graph.json",
        vectors="<firmware>/vectors.npz",
    output:
        board=directory("<firmware>/board"),
        result="<firmware>/board.json",
    log:
        "<logs>/write_board/{dataset}-{choice}.log",
    benchmark:
        "<logs>/write_board/{dataset}-{choice}.tsv"
    params:
        spec=SPECS.of("write_board"),
        code=code("write_board"),
    shell:
        "python -m symbolnet write_board --rtl {input.rtl:q} --graph {input.graph:q}"
        " --vectors {input.vectors:q} --board {output.board:q} --result {output.result:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"
