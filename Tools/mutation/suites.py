"""Suites of tests, and which functions each of them reaches."""

import contextlib
import os
import pathlib
import re
import resource
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

# Nothing of the surroundings makes the tests longer, or mutants of each other.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("GRU_", "LLVM_"))
} | {"SWIFT_BACKTRACE": "enable=no"}
# Beyond any run of the tests; a mutant may ask for more and more.
ADDRESS_SPACE = 16 << 30


@dataclass(frozen=True)
class Suite:
    name: str
    seconds: float
    # The functions with mutants that it reaches, by their numbers.
    bodies: frozenset[int]

    @property
    def patience(self) -> float:
        """Seconds after which it hangs; other work on the machine must not count as that."""
        return 15 + 10 * self.seconds


def kill_session(leader: int) -> None:
    """Ends a process and all that it started, which may be in groups of their own."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # After the name, in parentheses: state, parent, group, session.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                os.kill(int(folder.name), signal.SIGKILL)


class Tests:
    """The built tests, of which each process chooses one mutant."""

    def __init__(self, bundle: pathlib.Path, root: pathlib.Path):
        self.bundle = bundle
        self.root = root

    def names(self) -> list[str]:
        """`Module.Suite` of every suite."""
        listed = self.start(["--list-tests"], {}).communicate()[0].decode()
        return sorted({line.split("/")[0] for line in listed.splitlines() if "/" in line})

    def start(self, options: list[str], environment: dict[str, str]) -> subprocess.Popen:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        return subprocess.Popen(
            [self.bundle, "--testing-library", "swift-testing", *options],
            cwd=self.root, env=ENVIRONMENT | environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=limit,
        )  # fmt: skip

    def run(self, suite: str, patience: float, environment: dict[str, str]) -> str:
        """Runs a suite: "passed", "failed" or "hung"."""
        options = ["--filter", "^" + re.escape(suite) + "/"]
        with tempfile.TemporaryDirectory(prefix="gru-mutant-") as folder:
            process = self.start(options, {"TMPDIR": folder} | environment)
            try:
                process.communicate(timeout=patience)
            except subprocess.TimeoutExpired:
                kill_session(process.pid)
                process.communicate()
                return "hung"
        return "passed" if process.returncode == 0 else "failed"

    def measured(self, name: str) -> Suite:
        """A suite without any mutant: it must pass."""
        with tempfile.TemporaryDirectory() as folder:
            reached = pathlib.Path(folder) / "reached"
            start = time.monotonic()
            outcome = self.run(name, 600, {"GRU_MUTANT_REACHED": str(reached)})
            seconds = time.monotonic() - start
            if outcome != "passed":
                raise SystemExit(f"error: {name} {outcome} without a mutant")
            numbers = reached.read_text().split() if reached.exists() else []
        return Suite(name, seconds, frozenset(map(int, numbers)))

    def suites(self, jobs: int) -> list[Suite]:
        """All suites, the quickest first."""
        with ThreadPoolExecutor(jobs) as pool:
            measured = list(pool.map(self.measured, self.names()))
        return sorted(measured, key=lambda suite: suite.seconds)

    def verdict(self, number: int, suites: list[Suite]) -> tuple[str, Suite | None]:
        """What becomes of a mutant: "failed" or "hung" and by which suite, or "survived".

        A suite must fail twice, so that a busy machine kills none.
        """
        environment = {"GRU_MUTANT": str(number)}
        for suite in suites:
            outcome = self.run(suite.name, suite.patience, environment)
            if outcome == "failed":
                outcome = self.run(suite.name, suite.patience, environment)
            if outcome != "passed":
                return outcome, suite
        return "survived", None
