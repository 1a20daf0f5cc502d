"""The commands for people: each reads a finished or running run and says or writes something."""
