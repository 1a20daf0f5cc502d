"""Stage: a data set to its description for the report."""

from symbolnet.artifact import write_json
from symbolnet.data.dataset import load_dataset
from symbolnet.data.describe import describe, most_telling
from symbolnet.pipeline.marks import In, Out


def describe_dataset(dataset: In, description: Out) -> None:
    """Write rows, histograms by class and the distances to published quantiles."""
    described = describe(load_dataset(dataset))
    write_json(description, described, "description")
    for feature in described["features"]:
        if feature["distance"] is not None:
            print(f"{feature['name']}: Kolmogorov distance {feature['distance']:.3f}")
    for feature in most_telling(described["features"]):
        print(f"{feature['name']}: explains {100 * feature['alone']:.1f} % by itself")
