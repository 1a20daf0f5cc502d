"""The tiny run of the report's tests, with summary, page, manifest and crate."""

from pathlib import Path

from report_case import PEER, SPEC, TRAINING, build
from symbolnet.config import Choice, Config, GeneratedJets
from symbolnet.stages.write_manifest import write_manifest
from symbolnet.stages.write_report import write_report

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG = Config(
    run="tiny",
    train=["small"],
    choose=["best"],
    peers=["bumps"],
    data={"jets": GeneratedJets(chunks=1), "unused": GeneratedJets(seed=5)},
    training={"small": TRAINING},
    choices={"best": Choice(training="small", complexity_max=1000)},
    baselines={"bumps": PEER.baseline},
    report={"budgets": SPEC.budgets},
)


def build_run(folder: Path) -> Path:
    """Run the stages below `folder`; return it."""
    inputs = build(folder)
    write_report(SPEC, inputs, folder / "summary.json", folder / "report/index.html")
    sign(folder)
    return folder


def sign(run: Path, config: Config = CONFIG) -> None:
    """Write manifest and crate for the files as they are."""
    snakefile, crate = REPOSITORY / "Snakefile", run / "ro-crate-metadata.json"
    write_manifest(snakefile, run / "source", run / "manifest.json", crate, config)
