"""A data set to trained members."""
