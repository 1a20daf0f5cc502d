from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")


configfile: Path(workflow.basedir, "config/digits.yaml")
configfile: Path(workflow.basedir, "config/mnist.yaml")
configfile: Path(workflow.basedir, "config/svhn.yaml")
configfile: Path(workflow.basedir, "config/config.yaml")


include: "workflow/rules/common.smk"


pathvars:
    results=f"results/{SETTINGS.run}",
    logs=f"results/{SETTINGS.run}/logs",
    data=f"results/{SETTINGS.run}/data/{{dataset}}",
    training=f"results/{SETTINGS.run}/training/{{dataset}}/{{training}}",
    peer=f"results/{SETTINGS.run}/peers/{{dataset}}/{{peer}}",
    rival=f"results/{SETTINGS.run}/rivals/{{dataset}}/{{rival}}",
    firmware=f"results/{SETTINGS.run}/firmware/{{dataset}}/{{choice}}",


onstart:
    begin()


onsuccess:
    end()


wildcard_constraints:
    dataset=NAME,
    training=NAME,
    peer=NAME,
    choice=NAME,
    rival=NAME,
    part=NAME,


include: "workflow/rules/data.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/peers.smk"
include: "workflow/rules/expression.smk"
include: "workflow/rules/firmware.smk"
include: "workflow/rules/hls.smk"
include: "workflow/rules/proof.smk"
include: "workflow/rules/rivals.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/audit.smk"


rule all:
    default_target: True
    input:
        "<results>/summary.json",
        "<results>/report/index.html",
        "<results>/manifest.json",
        FILES.choices("certificate.json"),
        FILES.choices("testbench"),


include: "workflow/rules/targets.smk"
