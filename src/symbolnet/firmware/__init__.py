"""Expression sets to a fixed-point graph, hardware and evidence."""
