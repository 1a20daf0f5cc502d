"""Arrays and data frames to formulas in the manner of scikit-learn, by the pipeline's engine."""
