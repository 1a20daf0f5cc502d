rule write_report:
    """summary.json with every figure, and the page that shows them."""
    input:
        data_files("dataset.npz"),
        data_files("description.json"),
        training_files("network.safetensors"),
        training_files("history.csv"),
        training_files("members.json"),
        training_files("expressions.json"),
        training_files("metrics.json"),
        peer_files("members.json"),
        peer_files("expressions.json"),
        peer_files("metrics.json"),
        reference_files("scores.json"),
        choice_files("expressions.json"),
        choice_files("expressions.tex"),
        choice_files("expressions.py"),
        choice_files("expressions.c"),
        choice_files("explanation.json"),
        choice_files("graph.json"),
        choice_files("precision.json"),
        choice_files("reference.json"),
        choice_files("rtl"),
        choice_files("rtl.json"),
        choice_files("hls.json"),
        choice_files("hls_lut.json"),
        choice_files("resources.json"),
        choice_files("vendor.json"),
        rival_files("reference.json"),
        rival_files("rtl.json"),
        rival_files("resources.json"),
    output:
        summary="<results>/{scope}summary.json",
        page=report(
            "<results>/{scope}report/index.html",
            caption="../report/page.rst",
            category="Results",
        ),
    log:
        "<logs>/{scope}write_report.log",
    wildcard_constraints:
        scope=f"(datasets/{NAME}/)?",
    params:
        spec=report_spec,
        code=code("write_report"),
    shell:
        "python -m symbolnet write_report --inputs {input} --summary {output.summary}"
        " --page {output.page} --spec {params.spec:q} > {log} 2>&1"
