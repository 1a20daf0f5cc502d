"""Entry point of `python -m symbolnet`."""

import sys

from symbolnet.cli import main

sys.exit(main())
