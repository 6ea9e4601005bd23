#!/usr/bin/env python3
"""What Tools/pages and the check of messages notice: each test breaks a page or a source."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools"))

from documents import messages
from documents.blocks import Block, Fault, blocks
from documents.shell import Shell, compare, transcript


class Blocks(unittest.TestCase):
    def read(self, text: str) -> list[Block]:
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.md"
            page.write_text(text)
            return blocks(page, "page.md")

    def test_blocks_have_their_language_and_line(self):
        (block,) = self.read("text\n\n```sh\ntrue\n```\n")
        self.assertEqual((block.language, block.line, block.text), ("sh", 3, "true\n"))

    def test_commands_without_a_language_are_refused(self):
        for command in ["gru demo", "$ ls", "image=$(ls)", "Firmware/run x", "Tools/test"]:
            with self.assertRaisesRegex(Fault, "is a command"):
                self.read(f"```\n{command}\n```\n")

    def test_indented_and_open_blocks_are_refused(self):
        for text in ["text\n\n    gru demo\n", "```sh\ntrue\n"]:
            with self.assertRaises(Fault):
                self.read(text)


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.shell = Shell(pathlib.Path(self.folder.name))

        self.addCleanup(self.folder.cleanup)
        self.addCleanup(self.shell.__exit__)

    def perform(self, text: str) -> None:
        transcript(self.shell, Block("page.md", 1, "text", text))

    def test_variables_and_the_folder_stay(self):
        self.shell.run_all("mkdir a && cd a && x=5", "")
        self.assertEqual(self.shell.run_all("echo $x; basename $PWD", ""), "5\na\n")

    def test_a_command_that_fails_is_noticed_anywhere_in_a_block(self):
        for commands in ["false\ntrue", "true\nfalse", "false | true", "echo $unset_variable"]:
            with Shell(pathlib.Path(self.folder.name)) as shell:
                with self.assertRaisesRegex(Fault, "exit code"):
                    shell.run_all(commands, "")

    def test_output_must_be_as_shown_and_in_order(self):
        shown = ["one", "th…ee"]
        block = Block("page.md", 1, "text", "")
        compare(shown, "one\ntwo\nthr33ee\n", block)
        for output in ["one\ntwo\n", "three\none\n", "one or\nthree\n"]:
            with self.assertRaisesRegex(Fault, "is not printed"):
                compare(shown, output, block)

    def test_a_transcript_fails_where_it_shows_an_error_and_nowhere_else(self):
        self.perform("$ echo yes\nyes\n$ echo 'error: no' >&2; false\nerror: no\n")
        for text in ["$ false\n", "$ echo 'error: no'\nerror: no\n", "$ echo yes\nno\n"]:
            with self.assertRaises(Fault):
                self.perform(text)


class Messages(unittest.TestCase):
    def found(self, source: str, name: str = "File.swift") -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / name
            file.write_text(source)
            return [text for _, text in messages.swift_messages(file)]

    def test_messages_are_read_out_of_calls(self):
        self.assertEqual(
            self.found('throw file.error(\n  "has \\(list.map { "\\($0)" }) of "\n + "\\(x), \\(y)")'),
            ["has … of …, …"],
        )
        self.assertEqual(self.found('InputError(path, a ? "one thing" : "another")'),
                         ["one thing", "another"])
        self.assertEqual(self.found('fail("refused: " + reason)'), ["refused: …"])
        self.assertEqual(self.found('func error(_ x: String) {}'), [])

    def test_entries_match_what_varies(self):
        entry = messages.pattern("has …, expected …")
        self.assertTrue(entry.fullmatch("has shape …, expected [3]"))
        self.assertFalse(entry.fullmatch("has shape …"))

    def test_a_message_without_entry_and_an_entry_without_message_are_noticed(self):
        sources, page = messages.in_sources, messages.on_page
        try:
            messages.in_sources = lambda root: {"is new": "File.swift:1"}
            messages.on_page = lambda root: ["is gone"]
            self.assertEqual(len(messages.faults(ROOT)), 2)
            messages.on_page = lambda root: ["is new"]
            self.assertEqual(messages.faults(ROOT), [])
        finally:
            messages.in_sources, messages.on_page = sources, page


if __name__ == "__main__":
    unittest.main()
