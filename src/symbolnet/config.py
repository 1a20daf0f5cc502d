"""Settings, one frozen model per stage; every key has a default and a description.

Imports the standard library and pydantic only, so that reading a config stays fast.
"""

import difflib
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from symbolnet.errors import InputError
from symbolnet.operators import operator

Fraction = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
JetClass = Literal["g", "q", "w", "z", "t"]


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys forbidden."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=Settings)


class Split(Settings):
    """How rows are divided into train, validation and test."""

    test_fraction: Fraction = Field(
        0.333,
        description="Share of the rows for the test set; unused where `test` files are named.",
    )
    validation_fraction: Fraction = Field(
        0.1, description="Share of the remaining rows held out for validation."
    )
    seed: int = Field(42, description="Seed of the shuffle before splitting.")


class Constituents(Settings):
    """Names of the branches that hold jagged constituents, one entry per jet."""

    pt: str = Field("pt", description="Transverse momentum in GeV.")
    eta: str = Field("eta", description="Pseudorapidity, absolute or relative to the jet axis.")
    phi: str = Field("phi", description="Azimuth in radians, absolute or relative to the jet axis.")
    mass: str | None = Field(None, description="Mass in GeV; massless where neither is given.")
    energy: str | None = Field(None, description="Energy in GeV, instead of the mass.")


class GeneratedJets(Settings):
    """Jets made by Pythia 8 and fastjet: the default where no data is given."""

    source: Literal["pythia"] = Field("pythia", description="Where the data comes from.")
    jets_per_class: Count = Field(4200, description="Jets of each of the five classes.")
    chunks: Count = Field(2, description="Jobs per class, each with its own seed and ROOT file.")
    seed: int = Field(1, description="Seed; each chunk derives its own.", ge=0)
    beam_energy_gev: float = Field(13000.0, description="Centre-of-mass energy of the pp beams.")
    # The published jets: partons within 1 % of 1 TeV (arXiv:1908.05318). Their papers say R = 0.8,
    # but the released constituents end 0.4 from the jet axis, and the mass, multiplicity and
    # correlation spectra agree with R = 0.4 only. The underlying event hardly enters such narrow
    # jets: simulating it moves no distance to the real marginals by more than 0.012 and takes 3 to
    # 4 times as long.
    pt_hat_min_gev: float = Field(
        990.0, gt=0, description="Smallest transverse momentum of the partons."
    )
    pt_hat_max_gev: float = Field(
        1010.0, gt=0, description="Largest transverse momentum of the partons."
    )
    multiple_interactions: bool = Field(False, description="Simulate the underlying event.")
    radius: float = Field(
        0.4, description="Radius of the anti-kT jets; the published jets have 0.4.", gt=0, le=1.5
    )
    jets_per_event: Annotated[int, Field(ge=1, le=2)] = Field(
        1, description="Leading jets taken from an event; 2 is twice as fast, less like the data."
    )
    split: Split = Field(Split(), description="Division into train, validation and test.")

    @model_validator(mode="after")
    def _consistent(self) -> "GeneratedJets":
        if not self.pt_hat_min_gev < self.pt_hat_max_gev < self.beam_energy_gev / 2:
            raise ValueError("pt_hat_min_gev < pt_hat_max_gev < beam_energy_gev / 2 must hold")
        if self.chunks > self.jets_per_class:
            raise ValueError("chunks must not exceed jets_per_class")
        return self


class RootJets(Settings):
    """Jets read from ROOT files: constituents, or a flat table of the 16 features."""

    source: Literal["root"] = Field("root", description="Where the data comes from.")
    train: list[str] = Field(description="Files or globs, relative to `data_dir`, to train on.")
    test: list[str] = Field(
        [], description="Files or globs of the test set; empty: a `test_fraction` of `train`."
    )
    tree: str = Field("jets", description="Name of the TTree or RNTuple.")
    constituents: Constituents | None = Field(
        Constituents(), description="Branches of the constituents; null where `features` is given."
    )
    features: dict[str, str] | None = Field(
        None, description="Flat table instead: feature name to branch, all 16 of them."
    )
    label: str = Field("label", description="Branch of the integer (or string) class label.")
    classes: dict[str, int | str] = Field(
        {"g": 0, "q": 1, "w": 2, "z": 3, "t": 4},
        description="Class name to label value; jets of other labels are left out.",
    )
    limit: Count | None = Field(None, description="At most this many jets of each file.")
    chunk: Annotated[str, Field(pattern=r"^[1-9]\d* ?[kMG]?B$")] = Field(
        "20 MB", description="Bytes read at a time; bounds the memory."
    )
    split: Split = Field(Split(), description="Division into train, validation and test.")

    @model_validator(mode="after")
    def _one_kind_of_input(self) -> "RootJets":
        if (self.constituents is None) == (self.features is None):
            raise ValueError("give either `constituents` or `features`, and set the other to null")
        return self


class OfficialJets(Settings):
    """The published jets: OpenML 42468 (features) or Zenodo 3602260 (constituents)."""

    source: Literal["openml", "zenodo"] = Field("openml", description="Which publication.")
    file: str | None = Field(
        None, description="A copy on disk, relative to `data_dir`; null downloads it."
    )
    limit: Count | None = Field(
        100_000, description="First jets of each half of the split (the paper's protocol)."
    )
    split: Split = Field(
        Split(test_fraction=0.5), description="Division into train, validation and test."
    )


Scale = Literal["standard", "range", "none"]
DIGITS = {str(digit): digit for digit in range(10)}


class Images(Settings):
    """What all sets of images share."""

    classes: Annotated[dict[str, int], Field(min_length=2)] = Field(
        DIGITS, description="Class name to label value; images of other labels are left out."
    )
    scale: Scale = Field(
        "range",
        description="Pixels divided by the largest in train (`range`), each standardised"
        " (`standard`), or as they are (`none`).",
    )
    limit: Count | None = Field(
        None, description="First images of train and of test; null takes all."
    )
    split: Split = Field(Split(), description="Division into train, validation and test.")


class MnistImages(Images):
    """Images in idx files, plain or gzip, as MNIST publishes them."""

    source: Literal["mnist"] = Field("mnist", description="Where the data comes from.")
    train: tuple[str, str] = Field(
        ("mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz"),
        description="Images and labels to train on, relative to `data_dir`.",
    )
    test: tuple[str, str] | None = Field(
        ("mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz"),
        description="Images and labels of the test set; null: a `test_fraction` of `train`.",
    )


class ArrayImages(Images):
    """Images (or rows of inputs) as arrays in an `.npz` file."""

    source: Literal["npz"] = Field("npz", description="Where the data comes from.")
    train: str = Field(description="File to train on, relative to `data_dir`.")
    test: str | None = Field(
        None, description="File of the test set; null: a `test_fraction` of `train`."
    )
    images: str = Field("x", description="Name of the array of images, the first axis over them.")
    labels: str = Field("y", description="Name of the array of whole-numbered labels.")


class DigitImages(Images):
    """The 1,797 handwritten digits of 8 x 8 pixels that come with scikit-learn."""

    source: Literal["digits"] = Field("digits", description="Where the data comes from.")


DataSettings = Annotated[
    GeneratedJets | RootJets | OfficialJets | MnistImages | ArrayImages | DigitImages,
    Field(discriminator="source"),
]


class GenerateChunk(Settings):
    """Settings of one job of `generate_jets`: the whole generator, and which class and chunk."""

    data: GeneratedJets = Field(GeneratedJets(), description="The generator's settings.")
    jet_class: JetClass = Field("g", description="Jet class to generate.")
    chunk: Annotated[int, Field(ge=0)] = Field(0, description="Number of the chunk.")


class Features(Settings):
    """Settings of one job of `compute_features`: how to read one raw file."""

    data: DataSettings = Field(GeneratedJets(), description="The data set, less its split.")


class Prepare(Settings):
    """Settings of `prepare_dataset`: how tables of features become one data set."""

    split: Split = Field(Split(), description="Division into train, validation and test.")
    limit: Count | None = Field(None, description="First rows of each half of the split to keep.")
    scale: Scale = Field("standard", description="How the inputs are scaled.")


def chunk_settings(data: GeneratedJets, jet_class: JetClass, chunk: int) -> GenerateChunk:
    """Return what one job of the generator depends on: everything but the split."""
    return GenerateChunk(
        data=data.model_copy(update={"split": Split()}), jet_class=jet_class, chunk=chunk
    )


def feature_settings(data: DataSettings) -> Features:
    """Return what reading one raw file depends on: neither the split nor the other files."""
    rest: dict[str, Any] = {"split": Split()}
    if isinstance(data, RootJets):
        rest |= {"train": [], "test": []}
    if isinstance(data, GeneratedJets):
        rest |= {"jets_per_class": 1, "chunks": 1, "seed": 0}
    if isinstance(data, OfficialJets):
        rest |= {"limit": None, "file": None}
    if isinstance(data, Images):
        rest |= {"limit": None, "scale": "range"}
    if isinstance(data, MnistImages):
        rest |= {"train": ("", ""), "test": None}
    if isinstance(data, ArrayImages):
        rest |= {"train": "", "test": None}
    return Features(data=data.model_copy(update=rest))


def prepare_settings(data: DataSettings) -> Prepare:
    """Return what joining the feature tables depends on."""
    if isinstance(data, Images):
        return Prepare(split=data.split, limit=data.limit, scale=data.scale)
    limit = data.limit if isinstance(data, OfficialJets) else None
    return Prepare(split=data.split, limit=limit)


class Targets(Settings):
    """Sparsity asked for, for each kind of pruned object (paper section 3)."""

    input: Fraction = Field(0.0, description="Share of the inputs to prune.")
    weight: Fraction = Field(0.0, description="Share of the weights and biases to prune.")
    unary: Fraction = Field(0.0, description="Share of the unary operators to prune.")
    binary: Fraction = Field(0.0, description="Share of the binary operators to prune.")


class Layer(Settings):
    """One symbolic layer: u unary and b binary operators on u + 2b linear units."""

    unary: Annotated[int, Field(ge=0)] = Field(8, description="Unary operators.")
    binary: Annotated[int, Field(ge=0)] = Field(4, description="Binary operators.")

    @model_validator(mode="after")
    def _not_empty(self) -> "Layer":
        if self.unary + self.binary == 0:
            raise ValueError("a layer needs at least one operator")
        return self


Seeds = Annotated[list[Annotated[int, Field(ge=0, lt=2**63)]], Field(min_length=1)]


class Architecture(Settings):
    """Shape and operators of the networks of a training."""

    layers: Annotated[list[Layer], Field(min_length=1)] = Field(
        [Layer()], description="The symbolic layers; a linear output layer follows."
    )
    unary_operators: Annotated[list[str], Field(min_length=1)] = Field(
        ["sin", "cos", "exp", "gauss"], description="Assigned to the unary units in turn."
    )
    binary_operators: Annotated[list[str], Field(min_length=1)] = Field(
        ["*"], description="Assigned to the binary units in turn."
    )

    @field_validator("unary_operators")
    @classmethod
    def _known_unary(cls, names: list[str]) -> list[str]:
        return [operator(name, 1).name for name in names]

    @field_validator("binary_operators")
    @classmethod
    def _known_binary(cls, names: list[str]) -> list[str]:
        return [operator(name, 2).name for name in names]


class Training(Architecture):
    """One training job: its members are all pairs of targets and seed."""

    preset: Literal["notebook", "compact"] = Field(
        "notebook",
        description="Loss and masks: `notebook`, the paper's, or `compact` (docs/compact.md).",
    )
    targets: Annotated[list[Targets], Field(min_length=1)] = Field(
        [Targets()], description="Points of the scan; each is trained with every seed."
    )
    seeds: Seeds = Field(
        [0], description="Seeds of the initial weights; in `notebook` also of the order of batches."
    )
    epochs: Count = Field(100, description="Passes over the training set.")
    batch: Count = Field(256, description="Jets or images per step.")
    learning_rate: float = Field(0.005, gt=0, allow_inf_nan=False, description="Step size of Adam.")
    checkpoint_every: Count = Field(5, description="Epochs between checkpoints.")
    memory_gb: float = Field(
        2.0,
        gt=0,
        allow_inf_nan=False,
        description="Memory of a step in GB; members that do not fit together take turns.",
    )
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")
    device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="Where to train; `auto` takes a GPU where there is one."
    )


class FrontPath(Settings):
    """One path along a front: growth to a large network, then pruning with regrowth."""

    picks: Count = Field(
        90, description="Size of the growth: its six rounds unmask 40 % to 20 % of this."
    )
    inner: Fraction = Field(
        0.3, description="Share of them inside units: these make functions of several inputs."
    )
    trials: Count = Field(3, description="Growths, of which the lowest training loss goes on.")
    stop: float = Field(10.0, ge=1, description="Mean complexity at which the path ends.")


class FrontTraining(Settings):
    """One job whose members are the points of a whole front, for each seed (docs/front.md)."""

    preset: Literal["front"] = Field(
        "front", description="Growth and pruning by second derivatives of the loss."
    )
    seeds: Seeds = Field([0], description="Seeds of the candidates; each gives one front.")
    paths: Annotated[list[FrontPath], Field(min_length=1)] = Field(
        [FrontPath(), FrontPath(picks=40, inner=0.1, trials=1)],
        description="Paths of each seed; small fronts want another ancestor than large ones.",
    )
    search: list[Annotated[float, Field(ge=1)]] = Field(
        [16.0], description="Mean complexities at which a local search follows the paths."
    )
    search_tries: Count = Field(6, description="Tries of each local search.")
    members: Count = Field(40, description="Points kept of each seed's front, at most.")
    digits: Annotated[int, Field(ge=1, le=17)] = Field(
        2, description="Significant digits that the constants of the points are rounded to."
    )
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")


class Budget(Settings):
    """One point of a scan of `groups`: how large its expressions may be."""

    complexity: float = Field(100.0, gt=0, description="Mean complexity not to be exceeded.")
    functions: Annotated[int, Field(ge=0)] = Field(
        5, description="Functions of each class; each costs 5 nodes besides its inputs."
    )

    @model_validator(mode="after")
    def _room_for_inputs(self) -> "Budget":
        if self.complexity <= 2 + 5 * self.functions:
            raise ValueError("complexity must exceed 2 + 5 functions, to leave nodes for inputs")
        return self


class GroupTraining(Settings):
    """One job of networks whose inner weights are all one: many inputs, as in images."""

    preset: Literal["groups"] = Field(
        "groups", description="Sums of bare inputs inside few functions (docs/images.md)."
    )
    targets: Annotated[list[Budget], Field(min_length=1)] = Field(
        [
            Budget(complexity=50, functions=3),
            Budget(complexity=100, functions=5),
            Budget(complexity=150, functions=8),
            Budget(complexity=300, functions=14),
        ],
        description="Points of the scan; each is trained with every seed.",
    )
    seeds: Seeds = Field([0], description="Seeds of the initial scores and of the batches.")
    epochs: Count = Field(10, description="Passes over the training set.")
    batch: Count = Field(250, description="Images per step.")
    learning_rate: float = Field(
        0.02, gt=0, allow_inf_nan=False, description="First step size of Adam; it falls to zero."
    )
    start: float = Field(
        1.5, ge=1, le=10, description="Inputs at the start, in multiples of those of the target."
    )
    ramp: Annotated[float, Field(gt=0, le=1)] = Field(
        0.6, description="Share of the steps after which the target is reached."
    )
    lit: float = Field(0.3, description="Inputs whose absolute value is above this ...", ge=0)
    rare: Fraction = Field(
        0.004, description="... in a smaller share of train than this are left out."
    )
    checkpoint_every: Count = Field(1, description="Epochs between checkpoints.")
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")
    device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="Where to train; `auto` takes a GPU where there is one."
    )


TrainingSettings = Annotated[
    Training | FrontTraining | GroupTraining, Field(discriminator="preset")
]


class TrainJob(Settings):
    """Settings of `train`: one training of any kind."""

    training: TrainingSettings = Field(Training(), description="The training, as in `training`.")


class Baseline(Settings):
    """One small peer of the method: a sparse sum of fixed terms, pruned by magnitude."""

    kind: Literal["bumps", "linear"] = Field(
        "bumps", description="Terms: gauss and tanh of single inputs, or the inputs themselves."
    )
    # Two outputs with one term of 10 nodes between them have a mean of 7.
    complexities: Annotated[list[Annotated[float, Field(ge=7)]], Field(min_length=1)] = Field(
        [14, 23, 34, 60, 97, 140],
        description="Mean complexities not to be exceeded; each is a member for every seed.",
    )
    seeds: Seeds = Field([0], description="Seeds of the order of the batches.")
    epochs: Annotated[int, Field(ge=2)] = Field(100, description="Passes over the training set.")
    warmup: Count = Field(10, description="Epochs before the pruning starts.")
    batch: Count = Field(512, description="Jets or images per step.")
    learning_rate: float = Field(0.02, gt=0, allow_inf_nan=False, description="Step size of Adam.")
    penalty: float = Field(
        0.002, ge=0, allow_inf_nan=False, description="Weight of the sum of magnitudes in the loss."
    )

    @model_validator(mode="after")
    def _time_to_prune(self) -> "Baseline":
        if self.warmup >= self.epochs:
            raise ValueError("warmup must be below epochs")
        return self


class Rounding(Settings):
    """How network weights become the constants of expressions."""

    digits: Annotated[int, Field(ge=1, le=17)] = Field(
        2, description="Significant digits kept in every constant (notebook: 2)."
    )


class BaselineJob(Settings):
    """Settings of `train_baseline`."""

    baseline: Baseline = Field(Baseline(), description="The baseline, as in `baselines`.")
    rounding: Rounding = Field(Rounding(), description="Constants of the expressions.")


class Precision(Settings):
    """Uniform fixed-point format of inputs, constants and intermediate values."""

    width: Annotated[int, Field(ge=2, le=32)] = Field(12, description="Bits, the sign included.")
    integer: Annotated[int, Field(ge=1, le=31)] = Field(
        6, description="Integer bits, the sign included."
    )
    table_bits: Annotated[int, Field(ge=2, le=14)] = Field(
        8, description="Address bits of a function table."
    )
    constant_fraction: Annotated[int, Field(ge=1, le=24)] = Field(
        7, description="Fraction bits of constants."
    )

    @model_validator(mode="after")
    def _fits(self) -> "Precision":
        if self.integer >= self.width:
            raise ValueError(f"integer bits ({self.integer}) must be below width ({self.width})")
        return self


class Search(Settings):
    """Formats chosen part by part instead of one uniform precision."""

    tolerance: Annotated[float, Field(ge=0, le=1)] = Field(
        0.003,
        description="Largest loss of accuracy against the float expressions, on validation rows"
        " and on training rows alike.",
    )


class GraphSettings(Settings):
    """From one expression set to one fixed-point graph."""

    precision: Precision = Field(
        Precision(),
        description="Uniform fixed-point format: of the HLS project, and without search.",
    )
    search: Search | None = Field(
        Search(), description="Search of a format for every part; `null`: uniform precision."
    )


class Firmware(GraphSettings):
    """From one expression set to fixed-point hardware."""

    part: str = Field("xcvu9p-flga2577-2-e", description="FPGA part written into the HLS project.")
    clock_ns: float = Field(5.0, gt=0, description="Clock period asked of HLS.")
    stage_depth: Annotated[int, Field(ge=-1)] = Field(
        5, description="Adder levels per pipeline stage; -1 for a combinational design."
    )
    dsp: bool = Field(True, description="Let Yosys use DSP blocks.")
    bram: bool = Field(False, description="Let Yosys use block RAM for tables.")
    netlist: bool = Field(True, description="Simulate the netlist that Yosys counted, too.")


class Choice(Settings):
    """Which trained member goes on to firmware: the best on validation data that fits."""

    training: str = Field(description="Name of the training to choose from.")
    complexity_max: float = Field(60.0, gt=0, description="Largest mean complexity allowed.")


class Report(Settings):
    """What the report compares."""

    budgets: list[Annotated[float, Field(gt=0)]] = Field(
        [],
        description="Mean complexities of the table of accuracies; empty: 16, 30, 60 and 140, or"
        " 50, 100, 150 and 300 where there are more than 64 inputs.",
    )


class ReportSpec(Settings):
    """What the report is about: a run and its selections, in the order in which they are shown."""

    run: str = Field("default", description="Name of the run.")
    datasets: list[str] = Field(["jets"], description="Data sets, by name.")
    train: list[str] = Field(["notebook"], description="Trainings of each data set, by name.")
    choose: list[str] = Field(["compact"], description="Choices of each data set, by name.")
    peers: list[str] = Field([], description="Baselines of each data set, by name.")
    budgets: list[float] = Field([], description="Mean complexities to compare at.")
    sources: dict[str, str] = Field({}, description="Where each data set comes from, as in `data`.")


class Config(Settings):
    """A whole run. Definitions are dicts; the lists `datasets` and `choose` select among them."""

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] = Field(
        "default", description="Name of the run: everything is written below results/<run>."
    )
    data_dir: str = Field("data", description="Folder that holds local data files.")
    datasets: list[str] = Field(["jets"], description="Data sets to run, by name.")
    train: list[str] = Field(["notebook"], description="Trainings to run, by name.")
    choose: list[str] = Field(["compact"], description="Choices to take to firmware, by name.")
    peers: list[str] = Field([], description="Baselines to run beside the trainings, by name.")
    data: dict[str, DataSettings] = Field(
        {"jets": GeneratedJets()}, description="Data sets, by name."
    )
    training: dict[str, TrainingSettings] = Field(
        {"notebook": Training()}, description="Trainings, by name."
    )
    baselines: dict[str, Baseline] = Field(
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
    rounding: Rounding = Field(Rounding(), description="Constants of the expressions.")
    choices: dict[str, Choice] = Field(
        {"compact": Choice(training="notebook")}, description="Choices for firmware, by name."
    )
    firmware: Firmware = Field(Firmware(), description="Fixed-point hardware.")
    report: Report = Field(Report(), description="What the report compares.")

    @model_validator(mode="after")
    def _selections_exist(self) -> "Config":
        pairs = [("datasets", "data"), ("train", "training"), ("choose", "choices")]
        pairs.append(("peers", "baselines"))
        missing = [
            f"{selection}: {name!r} is not defined under `{definition}`"
            for selection, definition in pairs
            for name in getattr(self, selection)
            if name not in getattr(self, definition)
        ]
        chosen = [self.choices[name] for name in self.choose if name in self.choices]
        missing += [
            f"choose: training {choice.training!r} is not selected in `train`"
            for choice in chosen
            if choice.training not in self.train
        ]
        if missing:
            raise ValueError("; ".join(missing))
        return self


def report_settings(config: Config) -> ReportSpec:
    """Return the part of a config that the report depends on."""
    return ReportSpec(
        run=config.run,
        datasets=config.datasets,
        train=config.train,
        choose=config.choose,
        peers=config.peers,
        budgets=config.report.budgets,
        sources={name: config.data[name].source for name in config.datasets},
    )


def load_config(values: dict[str, Any]) -> Config:
    """Check a whole config; raise InputError listing every fault with its dotted path."""
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise _fault("a valid config", Config, error) from None


def load_spec(model: type[S], text: str) -> S:
    """Parse the JSON settings of one stage."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise _fault("settings of one stage as JSON", model, error) from None


def _fault(expected: str, model: type[BaseModel], error: ValidationError) -> InputError:
    lines = [_line(model, dict(fault)) for fault in error.errors()]
    found = lines[0] if len(lines) == 1 else "".join(f"\n  {line}" for line in lines) + "\n"
    return InputError(expected, found, "correct it (config/README.md explains every key)")


def _line(model: type[BaseModel], fault: dict[str, Any]) -> str:
    path = ".".join(_keys_to(fault["loc"])) or "config"
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        known = sorted(_keys(model))
        near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1)
        return f"{path}: unknown key" + (f", did you mean {near[0]!r}?" if near else "")
    given = "" if fault["type"] == "missing" else f" (got {str(fault['input'])[:80]!r})"
    return f"{path}: {message}{given}"


def _keys_to(location: tuple[str | int, ...]) -> list[str]:
    """The keys that lead to a fault, without the kind of definition that pydantic adds."""
    kinds = [2] if location[:1] in (("data",), ("training",)) else []
    return [str(part) for i, part in enumerate(location) if i not in kinds]


def _keys(model: type[BaseModel]) -> set[str]:
    """Every key of a settings model and of the models inside it."""
    schema = model.model_json_schema()
    blocks = [schema, *schema.get("$defs", {}).values()]
    return {key for block in blocks for key in block.get("properties", {})}
