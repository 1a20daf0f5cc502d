"""The rules as Snakemake reads them, for the tests: `python rules_seen.py CONFIG WILDCARDS`.

Prints JSON: the whole config, and of each rule its outputs (wildcards without constraints), its
inputs filled in for one job, and its command.
"""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.io import WILDCARD_REGEX
from snakemake.rules import Rule
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

OWN = {"read_formulas": {"choice": "mine"}}  # wildcards of a rule that is not for every choice
ROOT = Path(__file__).resolve().parent.parent


def seen(config: Path, example: dict[str, str]) -> dict[str, Any]:
    """Read the workflow with a config; `example` holds a value for every wildcard."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        settings = ConfigSettings(configfiles=[config])
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=settings,
            snakefile=ROOT / "Snakefile",
        )._workflow
        rules = {
            rule.name: _rule(rule, example | OWN.get(rule.name, {}))
            for rule in workflow.rules
            if rule.shellcmd
        }
        return {"config": workflow.globals["config"], "rules": rules}


def _rule(rule: Rule, example: dict[str, str]) -> dict[str, Any]:
    bare = partial(WILDCARD_REGEX.sub, r"{\g<name>}")
    outputs = {name: bare(str(path)) for name, path in _all(rule.output)}
    given = {name: example[name] for name in sorted(rule.wildcard_names)}
    inputs: dict[str, list[str]] = {}
    for name, one in _all(rule.input):
        found = one(given) if callable(one) else str(one).format(**given)
        inputs.setdefault(name, []).extend([found] if isinstance(found, str) else found)
    return {"outputs": outputs, "inputs": inputs, "given": given, "shell": rule.shellcmd}


def _all(items: Any) -> list[tuple[str, Any]]:
    return [(name or "", one) for name, one in items._allitems()]


if __name__ == "__main__":
    print(json.dumps(seen(Path(sys.argv[1]), json.loads(sys.argv[2]))))
