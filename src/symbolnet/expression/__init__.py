"""Trained members to expression sets."""
