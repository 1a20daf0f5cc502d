"""What networks and laws are worth: errors where they were trained and beyond, and motion."""
