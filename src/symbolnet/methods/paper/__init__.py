"""The published form: sparsities as targets, thresholds learned or exact (docs/paper.md)."""
