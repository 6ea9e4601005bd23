"""What can go wrong, with the exit code of each."""


class ExportError(Exception):
    """A model that cannot be exported faithfully.

    The text is `WHERE: PROBLEM`, then one `hint:` line for each hint.
    """

    exit_code = 65

    def __init__(self, where: str, problem: str, *hints: str) -> None:
        first = f"{where}: {problem}" if where else problem
        lines = [first, *(f"hint: {hint}" for hint in hints)]
        super().__init__("\n".join(map(_printable, lines)))


def _printable(line: str) -> str:
    """Names come from files: no line break or escape code of theirs reaches the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)


class UsageError(ExportError):
    """The request itself makes no sense."""

    exit_code = 64


class InputMissingError(ExportError):
    """There is no such input file."""

    exit_code = 66


class FrameworkMissingError(ExportError):
    """The package that reads this kind of file is not installed."""

    exit_code = 69


class CannotCreateError(ExportError):
    """The output cannot be created."""

    exit_code = 73


class WriteFailedError(ExportError):
    """The output was created but could not be written to its end."""

    exit_code = 74
