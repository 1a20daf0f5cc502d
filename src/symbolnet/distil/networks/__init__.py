"""Graph networks of bodies, many members at once: their forms, their training, their file."""
