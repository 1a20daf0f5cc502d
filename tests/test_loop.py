"""The loop of every training: what is interrupted is taken again whole, seconds, lines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from threadpoolctl import threadpool_info

import front_cases
import network_cases
from symbolnet.config import TrainingSettings
from symbolnet.methods.select import method_of
from symbolnet.training import loop
from symbolnet.training.loop import prepare_device, run
from symbolnet.training.method import Log, Method, Tensors

SPECS: dict[str, TrainingSettings] = {
    "learned": network_cases.SPEC,
    "exact": network_cases.SPEC.model_copy(
        update={"thresholds": "exact", "refine": 1, "checkpoint_every": 3, "keep": "best"}
    ),
    "symbolnet": front_cases.SPEC.model_copy(update={"seeds": [0]}),
}


def method(name: str) -> Method[Any]:
    rows = 300 if name == "symbolnet" else 90
    return method_of(network_cases.dataset(rows), SPECS[name])


def steps_until(stop: int, method: Method[Any], error: BaseException) -> Callable[..., None]:
    """The method's step, but that number `stop` has changed the state before it breaks off."""
    real, taken = method.step, [0]

    def step(state: object, log: Log) -> None:
        real(state, log)
        taken[0] += 1
        if taken[0] == stop:
            raise error

    return step


def equal(one: Tensors, other: Tensors) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(one[name].nan_to_num(), other[name].nan_to_num()) for name in one
    )


@pytest.mark.slow
@pytest.mark.parametrize("error", [SystemExit(143), RuntimeError("any")])
@pytest.mark.parametrize("name", SPECS)
def test_an_interrupted_step_is_taken_again_whole(
    name: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = method(name)
    expected = whole.freeze(run(whole, tmp_path / "whole", "s", print).state)
    for stop in (2, 3):
        broken = method(name)
        monkeypatch.setattr(broken, "step", steps_until(stop, broken, error))
        with pytest.raises(type(error)):
            run(broken, tmp_path / "checkpoint", "s", print)
    again, lines = method(name), list[str]()
    found = run(again, tmp_path / "checkpoint", "s", lines.append)
    assert "resumed after" in lines[0] and equal(again.freeze(found.state), expected)


def test_seconds_before_a_kill_count_and_lines_are_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds, now = loop.SECONDS, [100.0]
    monkeypatch.setattr(loop.time, "monotonic", lambda: now[0])
    slow = method("learned")
    real = slow.step

    def step(state: object, log: Log) -> None:
        real(state, log)
        now[0] += 0.3 * seconds

    monkeypatch.setattr(slow, "step", step)
    lines: list[str] = []
    first = run(slow, tmp_path / "checkpoint", "s", lines.append)
    assert first.seconds == pytest.approx(1.2 * seconds)
    assert [line[:9] for line in lines] == ["epoch 4/4"]
    now[0] += 1000
    again = run(slow, tmp_path / "checkpoint", "s", lines.append)
    assert again.seconds == pytest.approx(first.seconds)


def test_a_job_takes_the_threads_it_asks_for() -> None:
    prepare_device(SPECS["symbolnet"])
    assert torch.get_num_threads() == 1
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
