"""What formulas are held against: other formulas, ordinary classifiers, quantised networks."""
