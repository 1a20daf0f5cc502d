"""What the rules of the workflow ask of a config: the settings and the files of each job.

Functions that Snakemake calls take its wildcards, or return one that does. Nothing here loads more
than the config: a run without anything to do imports it too.
"""

from symbolnet.rules.files import Files
from symbolnet.rules.specs import Specs

__all__ = ["Files", "Specs"]
