"""Entry point of `python -m symbolnet`, and of the program `symbolnet`."""

import sys

from symbolnet.interrupt import exit_on_sigterm
from symbolnet.pipeline.cli import main


def program() -> int:
    """Run the verb of the command line; return the exit code."""
    exit_on_sigterm()
    return main()


if __name__ == "__main__":
    sys.exit(program())
