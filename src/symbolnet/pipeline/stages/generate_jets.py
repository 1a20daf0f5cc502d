"""Stage `generate_jets`: settings to one ROOT file of simulated jets."""

from symbolnet.config import GenerateChunk
from symbolnet.pipeline.marks import Out


def generate_jets(raw: Out, spec: GenerateChunk) -> None:
    """Simulate the jets of one class and chunk and write them as a TTree."""
    from symbolnet.data.jets.pythia import simulate_jets, write_jets

    write_jets(raw, simulate_jets(spec, _log), spec)


def _log(line: str) -> None:
    print(line, flush=True)
