#!/usr/bin/env python3
"""Holds "Troubleshooting by message" against the sources: each message that they can give has an
entry there, and each entry a message.

    Tools/documents/check_messages.py            fails if not
    Tools/documents/check_messages.py --list     prints the messages of the sources
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools"))

from documents.messages import faults, in_sources

if sys.argv[1:] == ["--list"]:
    for text, place in in_sources(ROOT).items():
        print(f"{place}: {text}")
    sys.exit(0)
found = faults(ROOT)
print("\n".join(found))
sys.exit(bool(found))
