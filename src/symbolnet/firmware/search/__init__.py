"""The choice of formats: by estimated LUTs, and by what is lost on rows that are not test."""
