"""Graph networks of bodies that act on each other, distilled into formulas for the forces."""
