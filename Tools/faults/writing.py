"""A run of the tool that writes over a file, in a folder where nothing else may change."""

import os

from tool import ToolTests

RUN = "run kws_model.h --inputs x.npy -o out.npy"
OLD = b"the old file"


class WritingTests(ToolTests):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "out.npy"
        self.out.write_bytes(OLD)
        self.before = self.in_folder()

    def temporary_files(self) -> set[str]:
        return self.in_folder() - self.before

    def assert_unharmed(self, what: str) -> None:
        self.assertIn(self.out.read_bytes(), (OLD, self.new), what)

    def assert_old(self, what: str) -> None:
        self.assertEqual(self.out.read_bytes(), OLD, what)
        self.assertEqual(self.temporary_files(), set(), what)

    def clear(self) -> None:
        for name in self.temporary_files():
            os.unlink(self.folder / name)
        self.out.write_bytes(OLD)
