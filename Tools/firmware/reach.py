"""What some functions of an image lead to."""

from dataclasses import dataclass, field

from .elf import Symbol


@dataclass
class Reach:
    """Everything that some functions lead to, themselves included."""

    functions: set[Symbol] = field(default_factory=set)
    tables: set[Symbol] = field(default_factory=set)
    instructions: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def code_size(self) -> int:
        return sum(function.size for function in self.functions)

    @property
    def table_size(self) -> int:
        return sum(table.size for table in self.tables)
