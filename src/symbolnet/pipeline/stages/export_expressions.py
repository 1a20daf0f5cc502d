"""Stage `export_expressions`: the chosen expressions as LaTeX, Python and C."""

from symbolnet.artifact import write_text
from symbolnet.data.dataset import load_dataset
from symbolnet.errors import InputError
from symbolnet.expression.export.c import c_file
from symbolnet.expression.export.latex import document
from symbolnet.expression.export.python import module
from symbolnet.expression.store import load_expressions
from symbolnet.pipeline.marks import In, Out


def export_expressions(chosen: In, dataset: In, latex: Out, python: Out, c: Out) -> None:
    """Write the formulas for readers and for programs, with the scaler of the data set."""
    model, data = load_expressions(chosen), load_dataset(dataset)
    if model.feature_names != data.feature_names:
        raise InputError(f"the features of {chosen}", f"others in {dataset}", "choose again")
    about = data.scaler_mean.tolist(), data.scaler_scale.tolist(), data.task
    write_text(latex, document(model, *about))
    write_text(python, module(model, *about))
    write_text(c, c_file(model, *about))
