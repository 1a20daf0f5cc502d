"""The loop that trains members by either method, and the three files that it writes."""
