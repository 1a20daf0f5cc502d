"""What a run defines, by name, and selects among."""

from pydantic import Field

from symbolnet.config.base import Name, Settings
from symbolnet.config.baselines import Baseline
from symbolnet.config.data import DataSettings, GeneratedJets
from symbolnet.config.distil import Distillation
from symbolnet.config.firmware import Firmware
from symbolnet.config.rivals import Classifier, Kan, Lut, Mlp, Trees
from symbolnet.config.selection import Budgets, Choice, Rounding, Selection
from symbolnet.config.training import SymbolNetTraining, TrainingSettings

# The lists of a selection, and the definitions that they name.
DEFINED = {"train": "training", "choose": "choices", "peers": "baselines", "rivals": "classifiers"}


class Report(Settings):
    """What the report compares."""

    budgets: Budgets = Field(
        [],
        description="Mean complexities of the table of accuracies; empty: 16, 30, 60 and 140, or"
        " 50, 100, 150 and 300 where there are more than 64 inputs.",
    )


class Definitions(Selection):
    """All keys of a run; whether they go together, `Config` tells."""

    run: Name = Field(
        "default", description="Name of the run: everything is written below results/<run>."
    )
    data_dir: str = Field("data", description="Folder that holds local data files.")
    data: dict[Name, DataSettings] = Field(
        {"jets": GeneratedJets()}, description="Data sets, by name."
    )
    training: dict[Name, TrainingSettings] = Field(
        {"symbolnet": SymbolNetTraining()}, description="Trainings, by name."
    )
    baselines: dict[Name, Baseline] = Field(
        {
            "bumps": Baseline(),
            "linear": Baseline(
                kind="linear",
                complexities=[50, 100, 150, 300],
                epochs=8,
                warmup=2,
                batch=256,
                learning_rate=0.01,
                penalty=0.001,
            ),
        },
        description="Baselines, by name.",
    )
    classifiers: dict[Name, Classifier] = Field(
        {
            "kan": Kan(),
            "lut": Lut(),
            "mlp": Mlp(),
            "mlp_sparse": Mlp(density=0.1),
            "trees": Trees(),
        },
        description="Rivals of the formulas in hardware, by name.",
    )
    rounding: Rounding = Field(Rounding(), description="Constants of the expressions.")
    choices: dict[Name, Choice] = Field(
        {"c60": Choice(training="symbolnet")}, description="Choices for firmware, by name."
    )
    firmware: Firmware = Field(Firmware(), description="Fixed-point hardware.")
    distil: Distillation = Field(
        Distillation(), description="Laws out of graph networks (docs/distil.md)."
    )
    report: Report = Field(Report(), description="What the report compares.")
