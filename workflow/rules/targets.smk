# Parts of the work by name: `snakemake datasets`, `snakemake models`.
rule datasets:
    input:
        FILES.all("dataset"),


rule models:
    input:
        FILES.all("metrics"),


# A data set alone, selected or not, with a page of its own: `snakemake mnist`. One that is called
# like a rule has no such target.
for name in itertools.filterfalse(workflow.is_rule, SETTINGS.data):

    rule:
        name:
            name
        input:
            f"<results>/datasets/{name}/summary.json",
            f"<results>/datasets/{name}/report/index.html",
