"""Artifacts to summary, figures and page."""
