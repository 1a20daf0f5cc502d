"""The manifest as a Workflow Run RO-Crate (https://w3id.org/ro/wfrun/workflow/0.5).

Same manifest, same crate: so a crate can be checked against its manifest.
"""

from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.data_entity import DataEntity
from rocrate.rocrate import ROCrate

from symbolnet.artifact import Record
from symbolnet.audit.contents import REPORT, SOURCE
from symbolnet.audit.manifest import NAME, recorded
from symbolnet.files import file_of

CRATE = file_of("crate")
WORKFLOW = f"{SOURCE}/Snakefile"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}  # not a term of RO-Crate 1.1
_LICENCE = "https://spdx.org/licenses/MIT"
_TYPES = {
    ".json": "application/json",
    ".html": "text/html",
    ".csv": "text/csv",
    ".py": "text/x-python",
    ".tex": "application/x-tex",
    ".v": "text/x-verilog",
}


def crate_of(manifest: Record, manifest_entry: Record) -> Record:
    """Return the JSON-LD of a run; `manifest_entry` holds size and hash of its manifest."""
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(_TERMS)
    _describe(crate, manifest)
    workflow = _workflow(crate, manifest)
    entries = [*recorded(manifest).values(), {"path": NAME, **manifest_entry}]
    files = {one["path"]: _file(crate, one) for one in entries if one["path"] != WORKFLOW}
    outside = [_outside(crate, one) for one in manifest["inputs"]]
    roles = {one["path"]: one["role"] for one in manifest["files"]}
    inputs = [files[name] for name in files if roles.get(name) == "input"]
    results = [files[name] for name in files if roles.get(name) in ("report", "artifact", None)]
    _action(crate, manifest, workflow, [*inputs, *outside], results)
    metadata: Record = crate.metadata.generate()
    return metadata


def _describe(crate: ROCrate, manifest: Record) -> None:
    crate.name = f"symbolnet run {manifest['run']}"
    crate.description = (
        "Compact formulas and FPGA firmware learned from data by symbolnet: every artifact of"
        f" the run, its manifest and its page ({REPORT[1]})."
    )
    crate.datePublished = manifest["environment"]["finished"]
    crate.license = _context(crate, _LICENCE, "CreativeWork", name="MIT License")
    profiles = [
        _context(crate, identity, "CreativeWork", name=name, version=identity.rsplit("/", 1)[1])
        for identity, name in _PROFILES.items()
    ]
    crate.root_dataset["conformsTo"] = profiles
    crate.metadata["conformsTo"] = [{"@id": "https://w3id.org/ro/crate/1.1"}, profiles[-1]]


def _workflow(crate: ROCrate, manifest: Record) -> Any:
    language = _context(
        crate,
        "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
        "ComputerLanguage",
        name="Snakemake",
        identifier={"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
        url={"@id": "https://snakemake.readthedocs.io"},
        version=manifest["environment"]["packages"].get("snakemake", "unknown"),
    )
    kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    about = {"@type": kinds, "name": "symbolnet", "encodingFormat": "text/plain"}
    entry = recorded(manifest)[WORKFLOW]
    properties = about | {"contentSize": str(entry["size"]), "sha256": entry["sha256"]}
    workflow = crate.add(DataEntity(crate, WORKFLOW, properties))
    workflow["version"] = manifest["environment"]["packages"].get("symbolnet", "unknown")
    workflow["url"] = "https://arxiv.org/abs/2401.09949"
    workflow["programmingLanguage"] = language
    crate.root_dataset["mainEntity"] = workflow
    return workflow


def _file(crate: ROCrate, entry: Record) -> Any:
    name = entry["path"]
    suffix = f".{name.rsplit('.', 1)[-1]}"
    properties = {
        "@type": "File",
        "name": name,
        "contentSize": str(entry["size"]),
        "sha256": entry["sha256"],
        "encodingFormat": _TYPES.get(suffix, "application/octet-stream"),
    }
    return crate.add(DataEntity(crate, name, properties))


def _outside(crate: ROCrate, entry: Record) -> Any:
    """Return an input that the crate does not hold, known by its hash."""
    properties = {
        "name": entry["path"],
        "contentSize": str(entry["size"]),
        "sha256": entry["sha256"],
        "description": f"Raw file of the data set {entry['dataset']}; not part of this crate",
    }
    return _context(crate, f"#input-{entry['sha256'][:16]}", "CreativeWork", **properties)


def _action(
    crate: ROCrate, manifest: Record, workflow: Any, inputs: list[Any], results: list[Any]
) -> None:
    packages = manifest["environment"]["packages"]
    agent = _context(crate, "#runner", "Person", name="Who ran the workflow (not recorded)")
    engine = _context(
        crate,
        "https://snakemake.github.io",
        "SoftwareApplication",
        name="Snakemake",
        url="https://snakemake.github.io",
        softwareVersion=packages.get("snakemake", "unknown"),
    )
    action = _context(
        crate,
        "#run",
        "CreateAction",
        name=f"Run {manifest['run']} of symbolnet {packages.get('symbolnet', 'unknown')}",
        description="snakemake with the settings that manifest.json holds under `config`",
        endTime=manifest["environment"]["finished"],
        actionStatus="http://schema.org/CompletedActionStatus",
    )
    action["agent"] = agent
    action["instrument"] = workflow
    action["object"] = inputs
    action["result"] = results
    crate.root_dataset["mentions"] = action
    workflow["softwareRequirements"] = engine


def _context(crate: ROCrate, identity: str, kind: str, **properties: Any) -> Any:
    return crate.add(ContextEntity(crate, identity, {"@type": kind, **properties}))
