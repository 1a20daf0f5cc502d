"""The command line: one verb per stage, faults in one line, exit code 1."""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from symbolnet.config import Settings
from symbolnet.pipeline import cli
from symbolnet.pipeline.cli import commands, function_of, main, verbs


@pytest.mark.parametrize("verb", verbs())
def test_stage_has_the_name_of_its_verb_and_known_parameters(verb: str) -> None:
    function = function_of(verb)
    assert function.__doc__
    for name, kind in get_type_hints(function).items():
        assert (
            name == "return"
            or kind in (Path, list[Path], list[Path] | None)
            or issubclass(kind, Settings)
        )


@pytest.mark.parametrize("verb", commands())
def test_command_has_the_name_of_its_verb_and_no_stage_has_it(verb: str) -> None:
    assert function_of(verb).__name__ == verb and function_of(verb).__doc__
    assert verb not in verbs()


def _inspect(
    run: Path, others: list[Path], /, strict: bool = False, against: str | None = None
) -> int:
    """Take arguments of every kind."""
    print(run, *others, strict, against)
    return 3


def test_positional_arguments_flags_and_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "commands", lambda: ["inspect"])
    monkeypatch.setattr(cli, "function_of", lambda verb: _inspect)
    assert main(["inspect", "a", "b", "c", "--strict", "--against", "paper"]) == 3
    assert main(["inspect", "a", "b"]) == 3
    assert capsys.readouterr().out == "a b c True paper\na b False None\n"
    with pytest.raises(SystemExit):
        main(["inspect", "a"])
    assert "others" in capsys.readouterr().err


@pytest.mark.parametrize("verb", verbs())
def test_rule_and_log_folder_share_the_name_of_the_verb(verb: str) -> None:
    rules = Path(__file__).resolve().parent.parent / "workflow" / "rules"
    text = "".join(path.read_text() for path in rules.glob("*.smk"))
    for needed in (f"rule {verb}:", f"symbolnet {verb} "):
        assert needed in text
    assert f'"<logs>/{verb}' in text or f'"<logs>/{{scope}}{verb}' in text
    assert f'code("{verb}")' in text or verb in ("fetch_data", "write_manifest")


def test_user_faults_are_one_line_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing, out = tmp_path / "no.npz", tmp_path / "description.json"
    arguments = ["describe_dataset", "--dataset", str(missing), "--description", str(out)]
    assert main(arguments) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "no.npz" in lines[0] and not out.exists()


def test_bad_spec_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = ["--dataset", "a", "--network", "b", "--history", "c", "--members", "d"]
    assert main(["train", *paths, "--checkpoint", "e", "--spec", '{"epoch": 1}']) == 1
    assert "did you mean 'epochs'" in capsys.readouterr().err


def test_an_unknown_verb_is_one_line_with_those_like_it() -> None:
    command = [sys.executable, "-m", "symbolnet", "trian"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "is train meant?" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_the_help_tells_peoples_verbs_from_the_workflows(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    ours, theirs = capsys.readouterr().out.partition("For the workflow")[::2]
    assert end.value.code == 0
    for text, names in ((ours.partition("For people:")[2], commands()), (theirs, verbs())):
        listed = [line.split(maxsplit=1) for line in text.splitlines() if line.startswith("  ")]
        assert [name for name, _ in listed] == names
        assert all(about.endswith(".") or about.endswith(":") for _, about in listed)


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    """As `symbolnet --help | head -1`: no traceback, and the exit code of SIGPIPE."""
    command = [sys.executable, "-u", "-m", "symbolnet", "--help"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.returncode == 141 and done.stderr == ""
