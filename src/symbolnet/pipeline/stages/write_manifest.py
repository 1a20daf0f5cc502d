"""Stage `write_manifest`: a finished run to its manifest and its RO-Crate."""

import shutil
from pathlib import Path

from symbolnet.artifact import replacing, sha256, write_json
from symbolnet.audit.crate import crate_of
from symbolnet.audit.manifest import manifest_of
from symbolnet.config import Config
from symbolnet.pipeline.marks import Out


def write_manifest(snakefile: Path, source: Out, manifest: Out, crate: Out, spec: Config) -> None:
    """Hash every file of the run in the folder of `manifest`, which must be finished.

    A copy of the workflow goes to `source`: the run's folder then stands for itself.
    """
    with replacing(source) as folder:
        rules = snakefile.parent / "workflow" / "rules"
        shutil.copytree(rules, folder / "workflow" / "rules", copy_function=shutil.copyfile)
        shutil.copyfile(snakefile, folder / snakefile.name)
    record = manifest_of(spec, manifest.parent)
    write_json(manifest, record, "manifest", sort_keys=False)
    entry = {"size": manifest.stat().st_size, "sha256": sha256(manifest)}
    write_json(crate, crate_of(record, entry))
    print(f"{len(record['files'])} files, {len(record['inputs'])} inputs from outside")
