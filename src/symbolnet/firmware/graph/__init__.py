"""The fixed-point graph: its data structure, its file, and what it must compute."""
