"""Entry point of `python -m symbolnet`."""

import sys

from symbolnet.cli import main
from symbolnet.interrupt import exit_on_sigterm

exit_on_sigterm()
sys.exit(main())
