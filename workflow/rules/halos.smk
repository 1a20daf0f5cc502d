rule draw_halos:
    """Haloes in a log-normal density field, with the overdensities around them."""
    output:
        halos="<mock>/halos.npz",
    log:
        "<logs>/draw_halos/{mock}.log",
    benchmark:
        "<logs>/draw_halos/{mock}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("draw_halos"),
        code=code("draw_halos"),
    shell:
        "python -m symbolnet draw_halos --halos {output.halos:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule fit_halo_forms:
    """The paper's forms of overdensities, refitted: the peers of every formula."""
    input:
        halos="<mock>/halos.npz",
    output:
        halo_forms="<mock>/forms.json",
    log:
        "<logs>/fit_halo_forms/{mock}.log",
    benchmark:
        "<logs>/fit_halo_forms/{mock}.tsv"
    resources:
        mem_mb=4000,
    params:
        code=code("fit_halo_forms"),
    shell:
        "python -m symbolnet fit_halo_forms --halos {input.halos:q}"
        " --halo-forms {output.halo_forms:q} > {log:q} 2>&1"


rule train_halo_network:
    """A graph network that predicts overdensities; the checkpoint survives a kill."""
    input:
        halos="<mock>/halos.npz",
    output:
        halo_network="<mock>/halo_network.safetensors",
        halo_timing="<mock>/halo_training.json",
    log:
        "<logs>/train_halo_network/{mock}.log",
    benchmark:
        "<logs>/train_halo_network/{mock}.tsv"
    threads: SPECS.halo_threads
    resources:
        mem_mb=4000,
        runtime="2h",
    params:
        spec=SPECS.of("train_halo_network"),
        code=code("train_halo_network"),
    shell:
        "python -m symbolnet train_halo_network --halos {input.halos:q}"
        " --halo-network {output.halo_network:q} --halo-timing {output.halo_timing:q}"
        " --checkpoint {output.halo_network:q}.checkpoint --spec {params.spec:q} > {log:q} 2>&1"


rule distil_halos:
    """Formulas of the messages and of what haloes make of them, their constants refitted."""
    input:
        halos="<mock>/halos.npz",
        halo_network="<mock>/halo_network.safetensors",
    output:
        halo_formulas="<mock>/formulas.json",
    log:
        "<logs>/distil_halos/{mock}.log",
    benchmark:
        "<logs>/distil_halos/{mock}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("distil_halos"),
        code=code("distil_halos"),
    shell:
        "python -m symbolnet distil_halos --halos {input.halos:q}"
        " --halo-network {input.halo_network:q} --halo-formulas {output.halo_formulas:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"
