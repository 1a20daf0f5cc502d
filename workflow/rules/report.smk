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
        choice_files("expressions.json"),
        choice_files("expressions.tex"),
        choice_files("expressions.py"),
        choice_files("graph.json"),
        choice_files("reference.json"),
        choice_files("rtl.json"),
        choice_files("hls.json"),
        choice_files("resources.json"),
    output:
        summary="<results>/summary.json",
        page=report(
            "<results>/report/index.html",
            caption="../report/page.rst",
            category="Results",
        ),
    log:
        "<logs>/write_report.log",
    params:
        spec=report_settings(SETTINGS).model_dump_json(),
        code=code("write_report"),
    shell:
        "python -m symbolnet write_report --inputs {input} --summary {output.summary}"
        " --page {output.page} --spec {params.spec:q} > {log} 2>&1"
