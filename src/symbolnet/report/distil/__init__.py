"""The summary and the page of a distillation."""
