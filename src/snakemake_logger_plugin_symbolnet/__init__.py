"""Snakemake's events to `symbolnet.pipeline.console`, by `snakemake --logger symbolnet`.

The name of this package is how Snakemake finds it. A dry run is told as Snakemake tells it.
"""

import logging
import sys
from typing import Any

from snakemake.logging import ColorizingTextHandler
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from symbolnet.pipeline.console import Console
from symbolnet.pipeline.running import Jobs, title


class LogHandler(LogHandlerBase):
    """Tells how far a run is, and at its end what failed."""

    def __post_init__(self) -> None:
        """Open the console."""
        common = self.common_settings
        stream = sys.stdout if common.stdout else sys.stderr
        self._told = ColorizingTextHandler(common.nocolor, stream)
        self._whole = common.dryrun or common.verbose or common.debug_dag
        self._jobs = Jobs()
        self._console = Console(stream, self._jobs, live=not common.nocolor)

    def emit(self, record: logging.LogRecord) -> None:
        """Take in an event; called in one thread, in the order of the events."""
        if self._whole:
            self._told.setFormatter(self.formatter)
            self._told.emit(record)
        else:
            self._take(record.__dict__, str(record.msg or ""))

    def _take(self, event: dict[str, Any], text: str) -> None:
        kind = event.get("event")
        if kind == LogEvent.RUN_INFO:
            self._jobs.total = event["stats"]["total"]
            self._console.begin()
        elif kind == LogEvent.JOB_INFO:
            name = title(event["rule_name"], event["wildcards"])
            self._jobs.know(event["jobid"], name, event["log"])
            if event["indent"]:  # one of a group, which alone is told to have started
                self._jobs.start([event["jobid"]])
        elif kind == LogEvent.JOB_STARTED:
            self._jobs.start(event["jobs"])
        elif kind == LogEvent.JOB_FINISHED:
            self._jobs.finish(event["job_id"])
        elif kind == LogEvent.JOB_ERROR:
            self._jobs.fail(event["jobid"], event["rule_name"], event["log"])
        elif kind == LogEvent.PROGRESS:
            self._console.progress(event["done"], event["total"])
        elif kind in (None, LogEvent.ERROR):
            self._console.say(text)

    def close(self) -> None:
        """Say what failed and close the console."""
        self._console.end()
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """It is the console."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake's own log has everything."""
        return False

    @property
    def has_filter(self) -> bool:
        """Snakemake's filter, for --quiet."""
        return False

    @property
    def has_formatter(self) -> bool:
        """Snakemake's formatter, for dry runs."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """No graph is drawn."""
        return False
