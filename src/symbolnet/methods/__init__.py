"""Ways to train: `symbolnet`, this project's own, and `paper`, the published form."""
