"""Settings, one frozen model per stage; every key has a default and a description.

Imports the standard library and pydantic only, so that reading a config stays fast.
"""

from symbolnet.config.base import Count, Fraction, S, Settings
from symbolnet.config.data import (
    DIGITS,
    ArrayImages,
    Constituents,
    DataSettings,
    DigitImages,
    Features,
    GenerateChunk,
    GeneratedJets,
    Images,
    JetClass,
    MnistImages,
    OfficialJets,
    Prepare,
    RootJets,
    Scale,
    SvhnImages,
    TestRows,
    chunk_settings,
    feature_settings,
    prepare_settings,
)
from symbolnet.config.expression import Choice, Rounding
from symbolnet.config.firmware import Firmware, GraphSettings, Precision, Search
from symbolnet.config.load import load_config, load_spec
from symbolnet.config.peers import Baseline, BaselineJob
from symbolnet.config.run import Config, Report, ReportSpec, report_settings
from symbolnet.config.selection import Kind, PerDataset, Selection
from symbolnet.config.split import Split
from symbolnet.config.table import TableColumns
from symbolnet.config.training import (
    Architecture,
    Budget,
    FrontPath,
    FrontTraining,
    GroupTraining,
    Layer,
    Seeds,
    Targets,
    Training,
    TrainingSettings,
    TrainJob,
)

__all__ = [
    "DIGITS",
    "Architecture",
    "ArrayImages",
    "Baseline",
    "BaselineJob",
    "Budget",
    "Choice",
    "Config",
    "Constituents",
    "Count",
    "DataSettings",
    "DigitImages",
    "Features",
    "Firmware",
    "Fraction",
    "FrontPath",
    "FrontTraining",
    "GenerateChunk",
    "GeneratedJets",
    "GraphSettings",
    "GroupTraining",
    "Images",
    "JetClass",
    "Kind",
    "Layer",
    "MnistImages",
    "OfficialJets",
    "PerDataset",
    "Precision",
    "Prepare",
    "Report",
    "ReportSpec",
    "RootJets",
    "Rounding",
    "S",
    "Scale",
    "Search",
    "Seeds",
    "Selection",
    "Settings",
    "Split",
    "SvhnImages",
    "TableColumns",
    "Targets",
    "TestRows",
    "TrainJob",
    "Training",
    "TrainingSettings",
    "chunk_settings",
    "feature_settings",
    "load_config",
    "load_spec",
    "prepare_settings",
    "report_settings",
]
