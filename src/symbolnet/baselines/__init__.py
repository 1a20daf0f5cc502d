"""What formulas are held against: other formulas, ordinary classifiers, classifiers in hardware."""
