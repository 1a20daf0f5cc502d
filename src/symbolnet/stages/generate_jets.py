"""Stage `generate_jets`: settings to one ROOT file of simulated jets."""

from pathlib import Path

from symbolnet.config import GenerateChunk


def generate_jets(raw: Path, spec: GenerateChunk) -> None:
    """Simulate the jets of one class and chunk and write them as a TTree."""
    from symbolnet.data.pythia import simulate_jets, write_jets

    write_jets(raw, simulate_jets(spec, _log), spec)


def _log(line: str) -> None:
    print(line, flush=True)
