"""The two errors a user can cause; the command line prints them as one line and exits 1."""

import signal


class InputError(ValueError):
    """Bad input: the message says what was expected, what was found and what to do."""

    def __init__(self, expected: str, found: str, do: str) -> None:
        super().__init__(f"expected {expected}; found {found}; {do}")
        self.parts = expected, found, do


class ToolError(RuntimeError):
    """An external program (compiler, simulator, synthesiser) is missing or failed."""

    @classmethod
    def after(cls, failed: str, code: int, words: str, mark: str = "") -> "ToolError":
        """Return the error of a program that ended with `code`, a signal's number below zero.

        It names the signal, or else the first of the program's words with `mark`, or the last.
        """
        if code < 0:
            name = signal.Signals(-code).name
            return cls(f"{failed}: killed by {name}, as where memory runs out; run again to go on")
        lines = [line.strip() for line in words.splitlines() if line.strip()] or ["no message"]
        return cls(
            f"{failed}: {next((line for line in lines if mark and mark in line), lines[-1])}"
        )
