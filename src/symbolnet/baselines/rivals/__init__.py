"""Classifiers without formulas as fixed-point graphs, which take the hardware flow of formulas."""
