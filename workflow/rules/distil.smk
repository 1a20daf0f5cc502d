rule simulate_bodies:
    """The motion of bodies under a force, from random first states."""
    output:
        simulations="<system>/simulations.npz",
    log:
        "<logs>/simulate_bodies/{system}.log",
    benchmark:
        "<logs>/simulate_bodies/{system}.tsv"
    resources:
        mem_mb=4000,
    params:
        spec=SPECS.of("simulate_bodies"),
        code=code("simulate_bodies"),
    shell:
        "python -m symbolnet simulate_bodies --simulations {output.simulations:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"
