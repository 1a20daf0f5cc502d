"""Sections of the page, each from the summary and its artifacts to what its template shows."""
