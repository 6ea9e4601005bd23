"""A row of the table of refusals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

# A name, a function that makes a model in a folder and exports it, and words of the refusal.
Row = tuple[str, Callable[[Path], Any], str]
