"""Entry point of `python -m symbolnet`."""

import sys

from symbolnet.interrupt import exit_on_sigterm
from symbolnet.pipeline.cli import main

exit_on_sigterm()
sys.exit(main())
