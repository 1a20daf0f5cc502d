"""The workflow: its stages, the commands, and what the rules ask of a config."""
