rule extract_expressions:
    """Unrolled and rounded expressions of every member."""
    input:
        network="<training>/network.safetensors",
        dataset="<data>/dataset.npz",
    output:
        expressions="<training>/expressions.json",
    log:
        "<logs>/extract_expressions/{dataset}-{training}.log",
    params:
        spec=SPECS.of("extract_expressions"),
        code=code("extract_expressions"),
    shell:
        "python -m symbolnet extract_expressions --network {input.network:q}"
        " --dataset {input.dataset:q} --expressions {output.expressions:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule evaluate_models:
    """Accuracy and ROC AUC of network, unrolled and rounded expressions."""
    input:
        network="<training>/network.safetensors",
        expressions="<training>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        metrics="<training>/metrics.json",
    log:
        "<logs>/evaluate_models/{dataset}-{training}.log",
    params:
        code=code("evaluate_models"),
    shell:
        "python -m symbolnet evaluate_models --network {input.network:q}"
        " --expressions {input.expressions:q} --dataset {input.dataset:q}"
        " --metrics {output.metrics:q} > {log:q} 2>&1"


rule choose_model:
    """The member that goes to firmware: the least loss within a complexity, without test rows."""
    input:
        expressions=FILES.of_choice("expressions"),
        metrics=FILES.of_choice("metrics"),
        formats=FILES.formats,
    output:
        chosen="<firmware>/expressions.json",
    log:
        "<logs>/choose_model/{dataset}-{choice}.log",
    params:
        spec=SPECS.of("choose_model"),
        code=code("choose_model"),
    shell:
        "python -m symbolnet choose_model --expressions {input.expressions:q}"
        " --metrics {input.metrics:q} --chosen {output.chosen:q} --formats {input.formats:q}"
        " --spec {params.spec:q} > {log:q} 2>&1"


rule export_expressions:
    """The chosen expressions as LaTeX, and as Python and C without dependencies."""
    input:
        chosen="<firmware>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        latex="<firmware>/expressions.tex",
        python="<firmware>/expressions.py",
        c="<firmware>/expressions.c",
    log:
        "<logs>/export_expressions/{dataset}-{choice}.log",
    params:
        code=code("export_expressions"),
    shell:
        "python -m symbolnet export_expressions --chosen {input.chosen:q}"
        " --dataset {input.dataset:q} --latex {output.latex:q} --python {output.python:q}"
        " --c {output.c:q} > {log:q} 2>&1"


rule explain_model:
    """Which inputs the chosen model uses, how it responds to them, where it is wrong."""
    input:
        chosen="<firmware>/expressions.json",
        dataset="<data>/dataset.npz",
    output:
        explanation="<firmware>/explanation.json",
    log:
        "<logs>/explain_model/{dataset}-{choice}.log",
    params:
        code=code("explain_model"),
    shell:
        "python -m symbolnet explain_model --chosen {input.chosen:q} --dataset {input.dataset:q}"
        " --explanation {output.explanation:q} > {log:q} 2>&1"


rule read_formulas:
    """Formulas that were given, in place of those of a training."""
    input:
        given=FILES.given,
        dataset="<data>/dataset.npz",
    output:
        expressions="<results>/formulas/{dataset}/{choice}/expressions.json",
        metrics="<results>/formulas/{dataset}/{choice}/metrics.json",
        members="<results>/formulas/{dataset}/{choice}/members.json",
    log:
        "<logs>/read_formulas/{dataset}-{choice}.log",
    params:
        spec=SPECS.of("read_formulas"),
        code=code("read_formulas"),
    shell:
        "python -m symbolnet read_formulas --given {input.given:q} --dataset {input.dataset:q}"
        " --expressions {output.expressions:q} --metrics {output.metrics:q}"
        " --members {output.members:q} --spec {params.spec:q} > {log:q} 2>&1"
