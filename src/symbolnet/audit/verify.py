"""Everything that a run states, derived again from its artifacts: a list of checks."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from symbolnet.artifact import read_json
from symbolnet.audit import formulas, integrity, losses
from symbolnet.audit.archive import left_out_of, unpack
from symbolnet.audit.check import Check, guarded, judged, passed, unchecked
from symbolnet.audit.difference import first_change
from symbolnet.audit.manifest import load_manifest, recorded
from symbolnet.audit.measured import raw_checks
from symbolnet.audit.replay import SLOW, Replay, repeat, rewrite_hls, rewrite_rtl
from symbolnet.audit.solved import DEEP, check_evidence, undecided
from symbolnet.config import Config, choice_settings, load_config
from symbolnet.data.dataset import load_dataset
from symbolnet.errors import InputError, ToolError
from symbolnet.expression.assess import metrics_record
from symbolnet.expression.store import load_collection
from symbolnet.files import file_of, origin_of
from symbolnet.firmware.emit import hls
from symbolnet.firmware.evidence import emulated, place, simulate, streamed, synthesis
from symbolnet.firmware.proof import smt, sweep

_ELSEWHERE = 1e-9  # on another machine the last bits of sines and sums may differ
_TOOLS: dict[str, Callable[[], None]] = {
    "simulate_rtl": simulate.check_tools,
    "write_emulator": emulated.check_tools,
    "write_board": streamed.check_tools,
    "simulate_hls": hls.check_tools,
    "count_resources": synthesis.check_tools,
    "prove_graph": synthesis.check_tools,
    "prove_bitwise": smt.check_tools,
    "prove_netlist": sweep.check_tools,
    "place_and_route": place.check_tools,
}


class Run(NamedTuple):
    """A run under audit: its folder, what its manifest says, and what a bundle left out."""

    folder: Path
    manifest: dict[str, Any]
    config: Config
    left_out: set[str]


@contextmanager
def opened(path: Path, data: Path | None = None) -> Iterator[Run]:
    """Yield the run of a folder, or of a bundle unpacked for the time being.

    `data` is the folder of the raw files; without it they are looked for where the run had them.
    """
    with tempfile.TemporaryDirectory(prefix="symbolnet-") as scratch:
        bundled = path.is_file()
        folder = unpack(path, Path(scratch)) if bundled else path
        manifest = load_manifest(folder)
        config = load_config(manifest["config"])
        if config.run != manifest["run"]:
            raise InputError(f"the run {config.run} of the config", manifest["run"], "ask for it")
        if data is not None:
            config = config.model_copy(update={"data_dir": str(data)})
        yield Run(folder, manifest, config, left_out_of(folder, manifest, bundled))


def verify(
    run: Run, again: Iterable[Replay], quick: bool, jobs: int, deep: bool = False
) -> Iterator[Check]:
    """Yield every check as it is done: the cheap ones first, then the stages to be run `again`.

    `quick` leaves out what needs a compiler, a simulator or Yosys; `deep` repeats long proofs.
    """
    tolerance = 0.0 if integrity.same_machine(run.manifest) else _ELSEWHERE
    yield from _of_record(run, tolerance)
    yield from _of_formulas(run, tolerance)
    yield from raw_checks(run.folder, run.manifest, run.config, quick)
    with (
        tempfile.TemporaryDirectory(prefix="symbolnet-") as scratch,
        ThreadPoolExecutor(jobs) as pool,
    ):
        one = partial(_repeated, run=run, scratch=Path(scratch), tolerance=tolerance)
        try:
            yield from pool.map(partial(one, quick=quick, deep=deep), again)
        finally:
            pool.shutdown(cancel_futures=True)  # whoever has seen enough need not wait
    yield from _proofs(run, again=not quick)
    yield from _not_repeated(run.config)


def _of_record(run: Run, tolerance: float) -> Iterator[Check]:
    folder, manifest, config, left_out = run
    yield guarded("hashes", lambda: integrity.check_files(recorded(manifest), folder, left_out))
    yield guarded("unlisted files", lambda: integrity.check_unlisted(manifest, config, folder))
    yield guarded("manifest and crate", lambda: integrity.check_record(manifest, folder))
    yield integrity.check_code(manifest)
    yield integrity.check_packages(manifest)
    yield from integrity.check_inputs(manifest, config)
    yield from integrity.check_left_out(left_out)
    if any(name.endswith(file_of("dataset")) for name in left_out):
        yield unchecked("summary", "needs the data set, which is not here")
    else:
        check = partial(integrity.check_summary, manifest, config, folder, tolerance)
        yield guarded("summary", check)
    yield guarded("page", lambda: integrity.check_page(manifest, folder))


def _of_formulas(run: Run, tolerance: float) -> Iterator[Check]:
    """Yield the checks that share no code with what they check, and those of the baselines."""
    config = run.config
    for dataset in config.datasets:
        data = run.folder / "data" / dataset / file_of("dataset")
        trained = [f"training/{dataset}/{name}" for name in config.selected("train", dataset)]
        peers = [f"peers/{dataset}/{name}" for name in config.selected("peers", dataset)]
        choices = config.selected("choose", dataset)
        given = [f"formulas/{dataset}/{name}" for name in choices if config.choices[name].formulas]
        for name in (*trained, *peers, *given):
            check = partial(formulas.check_accuracies, run.folder / name, data)
            yield _with_data(f"accuracy of {name}", check, data)
            check = partial(losses.check_losses, run.folder / name, data)
            yield _with_data(f"losses of {name}", check, data)
        for name in trained:
            check = partial(formulas.check_networks, run.folder / name)
            yield guarded(f"networks of {name}", partial(check, f"networks of {name}"))
        for name in (*peers, *given):
            check = partial(_check_metrics, run.folder / name, data, tolerance)
            yield _with_data(f"metrics of {name}", check, data)
        for choice in choices:
            folder, name = (
                run.folder / "firmware" / dataset / choice,
                f"vectors of {dataset}/{choice}",
            )
            yield guarded(name, partial(formulas.check_vectors, folder, name))
            spec = choice_settings(config, choice)
            if spec.lut_max is None:  # else by the formats, which `choose_model` is run again on
                origin, named = origin_of(config, choice)
                models = run.folder / origin / dataset / next(iter(named.values()))
                chosen = folder / file_of("expressions")
                check = partial(losses.check_choice, models, chosen, data, spec)
                yield _with_data(f"choice {dataset}/{choice}", check, data)


def _with_data(name: str, check: Callable[[str], Check], data: Path) -> Check:
    if not data.is_file():
        return unchecked(name, "needs the data set, which is not here")
    return guarded(name, partial(check, name))


def _check_metrics(folder: Path, dataset: Path, tolerance: float, name: str) -> Check:
    """Measure the members of a baseline again: its stage trains, so it is not repeated."""
    collection, data = load_collection(folder / file_of("expressions")), load_dataset(dataset)
    fresh = metrics_record(collection, {}, data)
    change = first_change(read_json(folder / file_of("metrics")), fresh, tolerance)
    return judged(name, [] if change is None else [f"metrics.json: {change}"], "measured again")


def _repeated(
    replay: Replay, run: Run, scratch: Path, tolerance: float, quick: bool, deep: bool
) -> Check:
    place = scratch / replay.name.replace("/", "-").replace(" ", "-")
    if replay.stage in DEEP and not deep:
        return guarded(replay.name, lambda: check_evidence(replay, run.folder))
    if quick and replay.stage in SLOW:
        return _rewritten(replay, run, place)
    try:
        _TOOLS.get(replay.stage, lambda: None)()
    except ToolError as fault:
        return unchecked(replay.name, str(fault))
    check = guarded(replay.name, lambda: repeat(replay, run.folder.absolute(), place, tolerance))
    if replay.stage in DEEP:
        (name,) = replay.writes.values()
        return guarded(replay.name, lambda: undecided(check, replay.stage, place / name))
    return check


def _rewritten(replay: Replay, run: Run, place: Path) -> Check:
    """Compare generated text without running it; a synthesis has none."""
    rewrite = {"simulate_rtl": rewrite_rtl, "simulate_hls": rewrite_hls}.get(replay.stage)
    if rewrite is None:
        return unchecked(replay.name, "left out by --quick")
    folder = run.folder / "firmware" / replay.job
    check = partial(rewrite, folder, place, run.config.firmware, replay.name)
    return guarded(replay.name, check)


def _proofs(run: Run, again: bool) -> Iterator[Check]:
    """Say how much of the firmware is proved; `prove_graph` may have proved it `again` by now."""
    for dataset in run.config.datasets:
        for choice in run.config.selected("choose", dataset):
            path = run.folder / "firmware" / dataset / choice / file_of("certificate")
            name = f"proof of {dataset}/{choice}"
            yield guarded(name, partial(_check_proof, path, name, again))


def _check_proof(path: Path, name: str, again: bool) -> Check:
    made = read_json(path, "certificate")
    proved, total = made["nodes_proved"], made["nodes_total"]
    found = f"{'only ' * (proved < total)}{proved} of {total} nodes proved"
    if not again:
        return unchecked(name, f"{found} in the run, not again by --quick")
    return unchecked(name, found) if proved < total else passed(name, found)


def _not_repeated(config: Config) -> Iterator[Check]:
    """Name what takes as long as the run itself."""
    again = "not run again here; in the repository `snakemake --forcerun {}` does"
    for dataset in config.datasets:
        if config.data[dataset].source == "pythia":
            yield unchecked(f"generation of {dataset}", again.format("generate_jets"))
        for name in config.selected("train", dataset):
            yield unchecked(f"training of {dataset}/{name}", again.format("train"))
        for name in config.selected("peers", dataset):
            yield unchecked(f"training of {dataset}/{name}", again.format("train_baseline"))
        for name in config.selected("references", dataset):
            yield unchecked(f"training of {dataset}/{name}", again.format("train_reference"))
        for name in config.selected("rivals", dataset):
            yield unchecked(f"training of {dataset}/{name}", again.format("train_rival"))
