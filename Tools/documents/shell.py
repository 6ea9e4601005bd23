"""The shell in which a page's commands run, and what is expected of their output."""

import os
import pathlib
import re
import subprocess
import tempfile

from .blocks import Block, Fault

END = "end-of-block-6f1c"


class Shell:
    """A bash that lives as long as a page: variables and the folder stay from block to block."""

    def __init__(self, folder: pathlib.Path, *, alone: bool = False, **variables: str) -> None:
        """`alone`: with these variables and no others of this process."""
        self.commands = tempfile.NamedTemporaryFile("w", suffix=".sh")
        self.bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder,
            env=variables if alone else {**os.environ, **variables},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        self.bash.kill()
        self.bash.communicate()
        self.commands.close()

    def run(self, commands: str, *, stopping: bool) -> tuple[str, int]:
        """What the commands print, on both streams, and the exit code of the last; if `stopping`, the
        first that fails ends the shell."""
        self.commands.seek(0)
        self.commands.truncate()
        self.commands.write(commands)
        self.commands.flush()
        options = "set -euo pipefail" if stopping else "set +euo pipefail"
        self.bash.stdin.write(
            f"{options}; . {self.commands.name} < /dev/null; printf '\\n{END} %d\\n' $?\n")
        self.bash.stdin.flush()
        lines: list[str] = []
        for line in self.bash.stdout:
            if line.startswith(END):
                return "".join(lines)[:-1], int(line.split()[1])
            lines.append(line)
        return "".join(lines), self.bash.wait() or 1

    def run_all(self, commands: str, where: str) -> str:
        """What commands print of which none may fail."""
        output, code = self.run(commands, stopping=True)
        if code:
            raise Fault(f"{where}: exit code {code}\n{commands}\nprinted\n{output[-3000:]}")
        return output

    def folder(self) -> pathlib.Path:
        return pathlib.Path(self.run_all("pwd", "pwd").strip())


def transcript(shell: Shell, block: Block) -> None:
    """Runs each command behind `$ `, and compares what is shown below it. One that shows an error or a
    failed check must fail; no other may."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        while command.endswith("\\") and shown:
            command += "\n" + shown.pop(0)
        output, code = shell.run(command, stopping=False)
        compare(shown, output, block)
        fails = any(re.search(r"\berror:|\bfail:|undefined reference", line) for line in shown)
        if fails != (code != 0):
            raise Fault(f"{block}: '{command}' ends with {code}:\n{output}")


def compare(shown: list[str], output: str, block: Block) -> None:
    """Every line that is shown must be printed, in this order; … stands for anything."""
    printed = iter(output.splitlines())
    for line in shown:
        pattern = ".*".join(map(re.escape, line.rstrip().split("…")))
        if line and not any(re.fullmatch(pattern, other.rstrip()) for other in printed):
            raise Fault(f"{block}: '{line}' is not printed, or not in this place:\n{output}")
