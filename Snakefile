from snakemake.utils import min_version

min_version("9.20")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


pathvars:
    results=f"results/{SETTINGS.run}",
    logs=f"results/{SETTINGS.run}/logs",
    data=f"results/{SETTINGS.run}/data/{{dataset}}",
    training=f"results/{SETTINGS.run}/training/{{dataset}}/{{training}}",
    peer=f"results/{SETTINGS.run}/peers/{{dataset}}/{{peer}}",
    firmware=f"results/{SETTINGS.run}/firmware/{{dataset}}/{{choice}}",


wildcard_constraints:
    dataset=NAME,
    training=NAME,
    peer=NAME,
    choice=NAME,
    part=NAME,


include: "workflow/rules/data.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/peers.smk"
include: "workflow/rules/expression.smk"
include: "workflow/rules/firmware.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/audit.smk"


rule all:
    default_target: True
    input:
        "<results>/summary.json",
        "<results>/report/index.html",
        "<results>/manifest.json",
        choice_files("certificate.json"),
        choice_files("testbench"),


# Named targets for a part of the work: `snakemake datasets`, `snakemake models`.
rule datasets:
    input:
        expand("<results>/data/{dataset}/dataset.npz", dataset=SETTINGS.datasets),


rule models:
    input:
        training_files("metrics.json"),
