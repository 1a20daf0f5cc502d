"""Files of one format each to feature tables or images."""
