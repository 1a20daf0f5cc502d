"""The stages of the workflow: each reads files, calls one function of a room and writes files."""
