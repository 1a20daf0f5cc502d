"""Bodies that act on each other: their forces, their motion, and the file of it."""
