"""A fitted estimator or formulas, and rows in memory, to firmware as an object."""
