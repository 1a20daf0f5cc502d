"""Small honest peers of the method: what a formula reaches without a symbolic network."""
