"""The two errors a user can cause; the command line prints them as one line and exits 1."""


class InputError(ValueError):
    """Bad input: the message says what was expected, what was found and what to do."""

    def __init__(self, expected: str, found: str, do: str) -> None:
        super().__init__(f"expected {expected}; found {found}; {do}")
        self.parts = expected, found, do


class ToolError(RuntimeError):
    """An external program (compiler, simulator, synthesiser) is missing or failed."""
