"""Formulas written for other programs: LaTeX, Python, C, SymPy, ONNX."""
