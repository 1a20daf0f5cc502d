"""Entry point of `python -m symbolnet`, and of the program `symbolnet`."""

import os
import sys

from symbolnet.interrupt import exit_on_sigterm
from symbolnet.pipeline.cli import main

_UNHEARD = 141  # exit code of a program that SIGPIPE ended: 128 + 13


def program() -> int:
    """Run the verb of the command line; return the exit code."""
    exit_on_sigterm()
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNHEARD
    return code


if __name__ == "__main__":
    sys.exit(program())
