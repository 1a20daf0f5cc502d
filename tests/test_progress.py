"""Lines about how far something is."""

import numpy as np
import pytest

from front_cases import SPEC, random_units, sample
from network_cases import dataset
from symbolnet import progress
from symbolnet.baselines.sparse import problem_of, pruning_schedule
from symbolnet.config import Baseline
from symbolnet.methods.symbolnet.job import _share
from symbolnet.methods.symbolnet.path import Walk
from symbolnet.methods.symbolnet.point import Data, Point
from symbolnet.methods.symbolnet.record import Progress
from symbolnet.progress import Meter, counted, eta


@pytest.fixture
def clock(monkeypatch):
    """A clock that each look moves on by ten seconds."""
    now = [0.0]

    def look():
        now[0] += 10.0
        return now[0]

    monkeypatch.setattr(progress.time, "monotonic", look)


def test_a_count_says_how_far_it_is_and_how_long_it_takes(clock, capsys):
    assert list(counted("abcd", "letters")) == list("abcd")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "letters 1/4, 10 s, ETA 30 s"
    assert lines[-1] == "letters 4/4, 40 s, ETA 0 s"


def test_lines_keep_their_distance(clock, capsys):
    meter = Meter("steps", seconds=25)
    for done in range(1, 7):
        meter.tell(done, 6)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["steps 3/6", "steps 6/6"]


def test_nothing_done_tells_nothing_of_the_time_left():
    assert eta(5.0, 0.0) == "ETA unknown"
    assert eta(5.0, 0.25) == "ETA 15 s"


def test_a_baseline_counts_its_epochs(clock, capsys):
    data = dataset(40)
    spec = Baseline(kind="linear", epochs=3, warmup=1, batch=20)
    problem = problem_of(data.x_train, data.y_train, np.ones(5))
    steps = list(pruning_schedule(problem, spec, 7, 15))
    assert len(steps) == 6
    assert "seed 7: epochs 2/3, 20 s, ETA 10 s" in capsys.readouterr().out


def test_the_share_of_a_front_grows_to_one():
    """Two seeds of two paths and a search."""
    sizes = {"large": random_units(1, 40), "small": random_units(1, 4)}
    sample_ = sample(0)
    data = Data(sample_, sample_, np.arange(4))
    path = Walk(events=3, units=sizes["small"])
    points = [Point(sizes[name], 0, 0, row) for row, name in enumerate(("large", "small"))]
    shares = [
        _share(Progress(), SPEC, data),
        _share(Progress(0, 0, path, [], points), SPEC, data),
        _share(Progress(0, 1, Walk(), [], points), SPEC, data),
        _share(Progress(0, 2, Walk(), [], points), SPEC, data),
        _share(Progress(1, 0, Walk(), []), SPEC, data),
        _share(Progress(2, 0, Walk(), []), SPEC, data),
    ]
    assert shares[0] == 0 and 0 < shares[1] <= 1 / 6
    assert shares[2:] == pytest.approx([1 / 6, 1 / 3, 0.5, 1.0])
