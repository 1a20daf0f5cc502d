"""Raw files to a data set."""
