# What the rules share. What they ask of the config is in symbolnet.pipeline.
import itertools
import os
import sys
from pathlib import Path

from snakemake.logging import logger

from symbolnet.code import STAGES, fingerprint, run_fingerprint
from symbolnet.config import NAME, load_config
from symbolnet.data.readers.fetch import check_reachable
from symbolnet.errors import InputError
from symbolnet.pipeline.found import TOLD, found_lines
from symbolnet.pipeline.jobs import Files
from symbolnet.pipeline.specs import Specs
from symbolnet.pipeline.preflight import CONFIG, begin_run, check_submittable
from symbolnet.pipeline.told import warning_lines


def checked(function, *arguments):
    """The value of a call; a fault of the user's ends the run with its message alone."""
    try:
        return function(*arguments)
    except InputError as fault:
        sys.exit(f"symbolnet: {fault}")


def default_partition():
    """The partition that the profile or the command line names for all jobs, if any."""
    resources = workflow.resource_settings.default_resources
    if not resources or "slurm_partition" not in resources:
        return None
    value = resources["slurm_partition"]
    return str(getattr(value, "raw", value))


def begin():
    """Check what must hold before the first job; write the config of the run and of each job."""
    checked(begin_run, Path("results") / SETTINGS.run, config, default_partition())
    checked(check_reachable, list(map(Path, downloads())))
    for dataset in (
        name for name in SETTINGS.datasets if SETTINGS.selected("peers", name)
    ):
        from symbolnet.baselines.baseline import (
            check_baselines,
        )  # a folder that may be deleted

        checked(check_baselines, SETTINGS, dataset, list(FILES.parts(dataset).values()))
    for dataset in SETTINGS.datasets:
        from symbolnet.pipeline.given import check_formulas

        checked(check_formulas, SETTINGS, dataset, list(FILES.parts(dataset).values()))
    if workflow.non_local_exec:
        checked(check_submittable, sys.executable, told_to_jobs())
    for job in workflow.dag.needrun_jobs():
        job.params  # asked for here: else some are read only when their job starts
    checked(SPECS.write)


def downloads():
    """The published files that are to be fetched."""
    for job in workflow.dag.needrun_jobs():
        if job.rule.name == "fetch_data":
            yield from job.output


def told_to_jobs():
    """What Snakemake writes on the command lines of a cluster's jobs."""
    yield from (os.getcwd(), workflow.main_snakefile)
    yield from map(str, workflow.overwrite_configfiles)
    yield from workflow.config_settings.config_args or ()
    for job in workflow.dag.needrun_jobs():
        yield from map(str, job.input)


def end():
    """Say what this call of Snakemake has found, and what must be known of it."""
    folder = Path("results") / SETTINGS.run
    if TOLD not in os.environ and any(job.name == "all" for job in workflow.dag.jobs):
        choices = {
            name: SETTINGS.selected("choose", name) for name in SETTINGS.datasets
        }
        for line in checked(list, found_lines(folder, choices)):
            logger.info(line)
    for warning in checked(warning_lines, folder, folder / CONFIG):
        logger.warning(f"symbolnet: warning: {warning}")


class CheckedFiles(Files):
    """The files of one run; of a data set whose files are missing, the message alone."""

    def given(self, wildcards):
        return checked(super().given, wildcards)

    def parts(self, dataset):
        return checked(super().parts, dataset)


SETTINGS = checked(load_config, config)
SPECS, FILES = Specs(SETTINGS), CheckedFiles(SETTINGS)

if SETTINGS.firmware.vendor == "require":
    from symbolnet.firmware.evidence.vendor import require_tools

    checked(require_tools)

# The stages run in the environment that snakemake runs in, activated or not; they import nothing
# from the working folder, and their logs are UTF-8 whatever the locale.
BIN = str(Path(sys.executable).parent)
shell.prefix("export PATH={BIN:q}:$PATH PYTHONSAFEPATH=1 PYTHONUTF8=1; ")


def code(stage):
    """Fingerprint of a stage's code: a job reruns when it changes, and the reason names it."""
    return fingerprint(f"{STAGES}.{stage}")


def in_project(name):
    """A file of the workflow, seen from the working folder.

    It is no setting, since it is a function of `input` too: a moved clone runs nothing again.
    """
    return lambda wildcards, input: os.path.relpath(Path(workflow.basedir, name))


# Missing files of the data sets to run are found before anything starts.
for dataset in SETTINGS.datasets:
    FILES.parts(dataset)
