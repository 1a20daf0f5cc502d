"""Stage `write_distil_manifest`: a finished distillation to its manifest."""

from symbolnet.artifact import write_json
from symbolnet.audit.distilled import MANIFEST, distil_manifest
from symbolnet.config import DistilSpec
from symbolnet.pipeline.marks import In, Out


def write_distil_manifest(
    distil_summary: In, distil_page: In, distil_manifest_file: Out, spec: DistilSpec
) -> None:
    """Hash every file of a distillation, whose summary and page are written."""
    assert distil_page.is_file()
    record = distil_manifest(spec, distil_summary.parent)
    write_json(distil_manifest_file, record, MANIFEST)
    print(f"{len(record['files'])} files")
