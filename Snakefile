from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")


configfile: Path(workflow.basedir, "config/digits.yaml")
configfile: Path(workflow.basedir, "config/mnist.yaml")
configfile: Path(workflow.basedir, "config/svhn.yaml")
configfile: Path(workflow.basedir, "config/distil.yaml")
configfile: Path(workflow.basedir, "config/config.yaml")


include: "workflow/rules/common.smk"


pathvars:
    results=FILES.folder("results"),
    logs=f"{FILES.folder('results')}/logs",
    data=FILES.folder("data"),
    training=FILES.folder("training"),
    peer=FILES.folder("peer"),
    rival=FILES.folder("rival"),
    firmware=FILES.folder("firmware"),
    system=FILES.folder("system"),
    networks=FILES.folder("networks"),
    mock=FILES.folder("mock"),
    distil=FILES.folder("distil"),


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
    system=NAME,
    networks=NAME,
    mock=NAME,


include: "workflow/rules/data.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/peers.smk"
include: "workflow/rules/expression.smk"
include: "workflow/rules/firmware.smk"
include: "workflow/rules/hls.smk"
include: "workflow/rules/proof.smk"
include: "workflow/rules/board.smk"
include: "workflow/rules/rivals.smk"
include: "workflow/rules/distil.smk"
include: "workflow/rules/halos.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/audit.smk"


rule all:
    default_target: True
    input:
        "<results>/summary.json",
        "<results>/report/index.html",
        "<results>/manifest.json",
        FILES.all("certificate"),
        FILES.all("testbench"),


include: "workflow/rules/targets.smk"
