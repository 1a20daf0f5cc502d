rule write_report:
    """summary.json with every figure, and the page that shows them."""
    input:
        FILES.of_page,
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
        spec=SPECS.of("write_report"),
        code=code("write_report"),
    shell:
        "python -m symbolnet write_report --inputs {input:q} --summary {output.summary:q}"
        " --page {output.page:q} --spec {params.spec:q} > {log:q} 2>&1"
