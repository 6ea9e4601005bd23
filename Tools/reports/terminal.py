"""Runs gru validate on a terminal of its own: colour unless NO_COLOR is set, and a progress line whose
rate is what was measured.

    terminal.py GRU
"""

import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import time

EXAMPLE = pathlib.Path("Tools/examples/japanese_vowels")
# As often the bundled inputs are repeated: enough steps for a second or more.
REPEATS = 10


def long_inputs(path: pathlib.Path) -> int:
    """Writes the bundled inputs, repeated; returns the steps."""
    data = (EXAMPLE / "inputs.npy").read_bytes()
    length = struct.unpack_from("<H", data, 8)[0]
    header = data[10:10 + length].decode()
    count, steps, width = map(int, re.search(r"\((\d+), (\d+), (\d+)\)", header).groups())
    longer = header.replace(f"({count},", f"({count * REPEATS},").rstrip()
    longer = longer.ljust(length - 1) + "\n"
    path.write_bytes(data[:10] + longer.encode() + data[10 + length:] * REPEATS)
    return count * REPEATS * steps


def on_terminal(command: list[str], **variables: str) -> tuple[str, float]:
    """What a command writes to a terminal, and the seconds that it takes."""
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", **variables}
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(ours)
    assert process.wait() == 0, written
    return written.decode(), time.monotonic() - start


def main() -> int:
    gru = sys.argv[1]
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        header = f"{folder}/v_model.h"
        inputs = pathlib.Path(folder, "inputs.npy")
        steps = long_inputs(inputs)
        model = str(EXAMPLE / "model.safetensors")
        subprocess.run(
            [gru, "quantize", model, "--calibration", str(EXAMPLE / "calibration.npy"),
             "--rounding", "nearest", "-o", header, "--quiet"], check=True, capture_output=True)
        validate = [gru, "validate", model, "--header", header, "--inputs", str(inputs), "--quiet"]
        text, seconds = on_terminal(validate)
        if "\x1b[1;32mpass\x1b[0m: " not in text:
            faults.append("no colour in the verdict")
        rates = [int(rate) for rate in re.findall(r"comparing +\d+ %, (\d+) steps/s", text)]
        # Comparing is only a part of the time.
        slowest = steps / seconds
        if not rates or not all(0.5 * slowest < rate < 50 * slowest for rate in rates):
            faults.append(f"rates {rates[:5]}, but {steps} steps took {seconds:.1f} s")
        if len(rates) > 12 * seconds:
            faults.append(f"{len(rates)} lines in {seconds:.1f} s")
        if not re.search(r"\d+ s left", text):
            faults.append("no remaining time")
        if "\x1b[1;" in on_terminal(validate, NO_COLOR="1")[0]:
            faults.append("colour in spite of NO_COLOR")
    for fault in faults:
        print(fault)
    print(f"rates {rates[:3]} … of {steps} steps in {seconds:.1f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
