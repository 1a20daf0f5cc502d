"""Collisions and their particles to the 16 features of a jet."""
