rule simulate_hls:
    """An HLS project of the same expressions; its C model run on the test set."""
    input:
        chosen="<firmware>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        hls=directory("<firmware>/hls"),
        result="<firmware>/hls.json",
        hls_lut=directory("<firmware>/hls_lut"),
        result_lut="<firmware>/hls_lut.json",
    log:
        "<logs>/simulate_hls/{dataset}-{choice}.log",
    benchmark:
        "<logs>/simulate_hls/{dataset}-{choice}.tsv"
    params:
        spec=SPECS.of("simulate_hls"),
        code=code("simulate_hls"),
    shell:
        "python -m symbolnet simulate_hls --chosen {input.chosen:q} --dataset {input.dataset:q}"
        " --hls {output.hls:q} --result {output.result:q} --hls-lut {output.hls_lut:q}"
        " --result-lut {output.result_lut:q} --spec {params.spec:q} > {log:q} 2>&1"


rule run_vendor:
    """The vendor's tools on the same projects, where they are on PATH."""
    input:
        hls="<firmware>/hls",
        rtl="<firmware>/rtl",
    output:
        result="<firmware>/vendor.json",
    log:
        "<logs>/run_vendor/{dataset}-{choice}.log",
    benchmark:
        "<logs>/run_vendor/{dataset}-{choice}.tsv"
    params:
        spec=SPECS.of("run_vendor"),
        tools=SPECS.tools,
        code=code("run_vendor"),
    shell:
        "python -m symbolnet run_vendor --hls {input.hls:q} --rtl {input.rtl:q}"
        " --result {output.result:q} --spec {params.spec:q} > {log:q} 2>&1"
