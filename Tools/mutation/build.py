"""A copy of the repository in which mutants are built, all of them at once."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from mutation.schemata import (
    MANIFEST, Mutant, Rewritten, rewritten, write_if_different, write_module)  # fmt: skip

ERROR = re.compile(r"^(/[^\n:]*\.swift):(\d+):\d+: error:", re.MULTILINE)


class Copy:
    """The repository's files, in a folder that keeps its builds from one run to the next."""

    def __init__(self, source: pathlib.Path, folder: pathlib.Path):
        self.source = source
        self.root = folder / source.name
        self.root.mkdir(parents=True, exist_ok=True)
        # Mutants that don't compile, so that the next run need not find them again.
        self.refused = folder / "refused.json"
        shared = folder / "shared"
        if not shared.exists() and (source.parent / "shared").exists():
            shared.symlink_to((source.parent / "shared").resolve())

    @property
    def bundle(self) -> pathlib.Path:
        """The program that runs the tests."""
        return self.root / ".build" / "release" / "gruPackageTests.xctest"

    def take(self, besides: set[str]) -> None:
        """Takes over every file that git knows or would, `besides` those that are rewritten."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.source, check=True, capture_output=True, text=True).stdout  # fmt: skip
        names = {name for name in listed.split("\0") if name and (self.source / name).exists()}
        for name in sorted(names - besides - {"Package.swift"}):
            self.copy(name)
        manifest = (self.source / "Package.swift").read_text() + MANIFEST
        write_if_different(self.root / "Package.swift", manifest)
        for folder in ("Sources", "Tests"):
            for path in (self.root / folder).rglob("*"):
                name = str(path.relative_to(self.root))
                if path.is_file() and name not in names and "GRUMutant" not in name:
                    path.unlink()

    def copy(self, name: str) -> None:
        source, target = self.source / name, self.root / name
        if target.exists() and target.read_bytes() == source.read_bytes():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def build(self, chosen: dict[int, Mutant], sources: dict[str, str]) -> dict[int, int]:
        """Builds what compiles of the chosen mutants: the number of its body, for each of them.

        The sources are those that the mutants were made of, whatever is edited meanwhile.
        """
        self.take(besides=set(sources))
        known = json.loads(self.refused.read_text()) if self.refused.exists() else []
        chosen = {n: mutant for n, mutant in chosen.items() if list(mutant.key) not in known}
        while True:
            written, bodies = self.write(sources, chosen)
            result = subprocess.run(
                ["swift", "build", "-c", "release", "-Xswiftc", "-enable-testing",
                 "--build-tests"],
                cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            if result.returncode == 0:
                return bodies
            culprits = self.culprits(result.stdout, written)
            if not culprits:
                sys.exit(result.stdout[-8000:])
            known += [chosen.pop(number).key for number in culprits if number in chosen]
            self.refused.write_text(json.dumps(known))
            print(f"{len(culprits)} mutants don't compile", flush=True)

    def write(
        self, sources: dict[str, str], chosen: dict[int, Mutant]
    ) -> tuple[dict[str, Rewritten], dict[int, int]]:
        written: dict[str, Rewritten] = {}
        bodies: dict[int, int] = {}
        for file, text in sources.items():
            own = {n: mutant for n, mutant in chosen.items() if mutant.file == file}
            made = rewritten(text, own)
            write_if_different(self.root / file, made.text)
            written[file] = made
            bodies |= made.bodies
        write_module(self.root)
        return written, bodies

    def culprits(self, output: str, written: dict[str, Rewritten]) -> set[int]:
        """The mutants that errors of the compiler lie in, or whose function's rest they lie in."""
        certain: set[int] = set()
        possible: set[int] = set()
        for path, line in ERROR.findall(output):
            name = os.path.relpath(path, self.root)
            if name not in written:
                continue
            found = written[name].culprits(int(line))
            (certain if len(found) == 1 else possible).update(found)
        return certain or possible
