#!/usr/bin/env python3
"""Our readers beside those of the safetensors and NumPy projects, on the same damaged files.

    Tools/faults/test_reading.py [FILES]

What our readers accept, the others accept, with the same tensors to the bit. Where the others accept and
ours refuse, the reason is one of `STRICTER`, which are counted.
"""

import collections
import io
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile

import numpy as np
import safetensors

root = pathlib.Path(__file__).resolve().parents[2]
reader = root / ".build/release/ReadTensors"
FILES = 10_000

# Why our readers refuse what others accept, by the words of the message.
STRICTER = {
    "an element that is NaN or infinite": r"values that are NaN or infinite",
    "another element type": r"has dtype .*, expected F64|has elements of type",
    "integers as weights": r"has integers, expected float weights",
    "a dimension of 0, over 65,535, or too many":
        r"has a wrong shape|expected at most 3 dimensions|expected dimensions from 1",
    "a key or a name twice": r"has the key '.*' twice|has the array '.*' twice",
    "a key that the format doesn't have": r"has the keys .*, expected dtype",
    "a control character in a name": r"has a control character in its name",
    "a name over 512 bytes": r"a tensor's name has \d+ bytes",
    "bytes behind the end": r"bytes of data, expected|does not end where it says",
    "another version of npy": r"is npy version",
    "an npy header over 4,096 bytes": r"npy header has \d+ bytes",
    "an npy header that np.save doesn't write": r"npy header is ",
    "a compressed entry": r"is compressed",
    "white space before the header's brace": r"header does not begin with '\{'",
    "other files in the archive": r"other files than \.npy|is not an npy file",
    "an archive whose parts disagree":
        r"has overlapping entries|runs into the directory|has a damaged entry|"
        r"has a damaged central directory|has no central directory|ends inside an entry|name is not UTF-8",
    "no archive of arrays": r"is an empty zip archive|is a single npy array|is a PyTorch pickle",
}


# MARK: Files

def safetensors_file(generator: random.Random) -> bytes:
    types = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I8": 1, "BOOL": 1}
    header, payload = {}, b""
    if generator.random() < 0.3:
        header["__metadata__"] = {"format": "pt", "ключ": "\u2028\\\""}
    for index in range(generator.randrange(1, 4)):
        kind = generator.choice(list(types)[:4] if generator.random() < 0.95 else list(types))
        shape = [generator.randrange(1, 4) for _ in range(generator.randrange(0, 4))]
        size = types[kind] * int(np.prod(shape, dtype=int))
        header[generator.choice(["a.weight", "b", "c/kernel:0", "é"]) + str(index)] = {
            "dtype": kind, "shape": shape, "data_offsets": [len(payload), len(payload) + size]}
        payload += bytes(generator.choice([0, 1, 0x3C, 0xBF, generator.randrange(256)])
                         for _ in range(size))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=generator.random() < 0.5)
    text = edited(text, generator).encode(errors="surrogatepass")
    text += b" " * (generator.randrange(8) if generator.random() < 0.3 else 0)
    length = len(text) if generator.random() < 0.95 else generator.choice([0, 1, 2**20, 2**63])
    return struct.pack("<Q", length) + text + payload


def npy_file(generator: random.Random) -> bytes:
    kind = generator.choice(["<f8", "<f4", "<f2", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8"])
    shape = tuple(generator.randrange(0 if generator.random() < 0.1 else 1, 5)
                  for _ in range(generator.randrange(0, 4)))
    size = int(np.prod(shape, dtype=int)) * int(kind[2])
    payload = bytes(generator.choice([0, 1, 0x3C, generator.randrange(256)]) for _ in range(size))
    text = f"{{'descr': '{kind}', 'fortran_order': {generator.random() < 0.3}, 'shape': {shape}, }}"
    text = edited(text, generator).encode("latin1", errors="replace")
    text += b" " * generator.randrange(16) + b"\n"
    version = generator.choice([1, 1, 1, 2, 3]) if generator.random() < 0.5 else 1
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + payload


def npz_file(generator: random.Random) -> bytes:
    file = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if generator.random() < 0.05 else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", method) as archive:
        for index in range(generator.randrange(1, 4)):
            name = generator.choice(["a", "gru/kernel", "é", "b.npy", ""]) + str(index)
            array = np.zeros((2, index + 1), generator.choice(["<f4", "<f8", "<f2"]))
            own = io.BytesIO()
            np.save(own, array + index)
            own = own.getvalue() if generator.random() < 0.8 else npy_file(generator)
            archive.writestr(name + ".npy", own)
    return file.getvalue()


def edited(text: str, generator: random.Random) -> str:
    """The header with up to two things changed that a parser has to notice, or may let pass."""
    for _ in range(generator.choice([0, 0, 0, 1, 2])):
        choice = generator.randrange(8)
        tokens = list(re.finditer(r"-?\d+|\"[^\"]*\"|'[^']*'|[\[\](){},:]|\w+", text))
        token = generator.choice(tokens) if tokens else None
        if token is None:
            break
        start, end = token.span()
        old = token.group()
        if choice < 3:
            new = generator.choice([
                "0", "1", "2", "3", "00", "01", "1.0", "1e0", "-1", "-0", "65536", "4294967296",
                "99999999999999999999", "True", "true", "null", "None", "()", "[]", "{}", "1L", "0x1",
                "1_0", "(1,)", "\"F32\"", "\"F16\"", "'<f4'", "'>f4'", "'f4'", "'|f4'", "'=f4'", "'<i1'",
                "\"__metadata__\"", "\"\\ud800\"", "\"\\u0000\"", "\"\\/\"", "u'shape'", "b'shape'",
            ])
        elif choice == 3:
            new = ""
        elif choice == 4:
            new = old + generator.choice([" ", "\n", "\t", "\r", "\f", "\v", "\u00a0", "#x\n", ","])
        elif choice == 5:
            new = generator.choice([" ", "\n", "\t", "\f", "\v", ",", "\ufeff", "+"]) + old
        elif choice == 6:
            new = old + old
        else:
            new = old[::-1]
        text = text[:start] + new + text[end:]
    return text


def damaged(data: bytes, generator: random.Random) -> bytes:
    """The file with some bytes changed, missing, or too many, half of the time."""
    data = bytearray(data)
    for _ in range(generator.choice([0, 0, 0, 0, 1, 3])):
        place = generator.randrange(len(data) + 1)
        choice = generator.randrange(5)
        if choice < 2 and place < len(data):
            data[place] ^= 1 << generator.randrange(8)
        elif choice == 2:
            data[place:] = b""
        elif choice == 3:
            data[place:place] = bytes([generator.randrange(256)])
        else:
            data += bytes(generator.randrange(1, 4))
        if not data:
            break
    return bytes(data)


# MARK: Readers

Tensors = dict[str, tuple[list[int], list[int]]]


def bits(values: np.ndarray) -> list[int]:
    """Of the doubles, in C order."""
    return np.ascontiguousarray(values, dtype="<f8").reshape(-1).view("<u8").tolist()


def read_safetensors(data: bytes) -> Tensors:
    def values(kind: str, data: bytes) -> np.ndarray:
        if kind == "BF16":
            return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
        return np.frombuffer(data, {"F64": "<f8", "F32": "<f4", "F16": "<f2"}.get(kind, "u1"))

    return {
        name: (list(tensor["shape"]), bits(values(tensor["dtype"], bytes(tensor["data"]))))
        for name, tensor in safetensors.deserialize(data)
    }


def numbers(array: np.ndarray) -> tuple[list[int], list[int]]:
    """Of arrays of strings, records and the like nothing is asked but that they were read."""
    return (list(array.shape), bits(array) if array.dtype.kind in "fiub" else [])


def read_npy(data: bytes) -> Tensors:
    return {"": numbers(np.lib.format.read_array(io.BytesIO(data), allow_pickle=False))}


def read_npz(data: bytes) -> Tensors:
    # As np.load does, whatever the first bytes are.
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        arrays = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
    return {name: read_npy(array)[""] for name, array in arrays.items()}


KINDS = {
    "safetensors": (safetensors_file, read_safetensors), "npy": (npy_file, read_npy),
    "npz": (npz_file, read_npz),
}


def theirs(data: bytes, read) -> Tensors | None:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            return read(data)
    except Exception:  # whatever they raise, they refuse the file
        return None


def ours(folder: pathlib.Path, paths: list[pathlib.Path]) -> list[dict]:
    """One process reads all files."""
    result = subprocess.run(
        [reader], input="".join(f"{path}\n" for path in paths), cwd=folder, text=True,
        capture_output=True)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


# MARK: Comparison

def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    tally, reasons, failures = collections.Counter(), collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        paths, kinds = [], list(KINDS)
        for seed in range(count):
            generator = random.Random(seed)
            kind = kinds[seed % len(kinds)]
            paths.append(pathlib.Path(folder) / f"{seed}.{kind}")
            paths[-1].write_bytes(damaged(KINDS[kind][0](generator), generator))
        found = ours(pathlib.Path(folder), paths)
        assert len(found) == count, f"{len(found)} answers for {count} files"
        for path, own in zip(paths, found):
            kind = path.suffix[1:]
            other = theirs(path.read_bytes(), KINDS[kind][1])
            failure = compare(kind, own, other, tally, reasons)
            if failure:
                failures.append(f"{path.name}: {failure}")
    for kind in KINDS:
        print(f"{kind}: {tally[kind, True, True]} accepted by both, {tally[kind, False, False]} by "
              f"neither, {tally[kind, False, True]} refused by ours alone")
    for reason, times in reasons.most_common():
        print(f"{times:6d}  {reason}")
    print(f"{count} files, {len(failures)} failures", *failures[:20], sep="\n")
    return 1 if failures else 0


def compare(kind, own, other, tally, reasons) -> str | None:
    accepted = own.get("error") is None
    tally[kind, accepted, other is not None] += 1
    if accepted:
        if other is None:
            return "only ours accept it"
        found = {
            tensor["name"]: (tensor["shape"], [int(text, 16) for text in tensor["bits"]])
            for tensor in own["tensors"]
        }
        if kind == "npz":  # a network has no tensors without a dimension
            other = {name: (shape or [1], values) for name, (shape, values) in other.items()}
        return None if found == other else f"ours read {found}, others {other}"
    if other is not None:
        reason = next((key for key in STRICTER if re.search(STRICTER[key], own["error"])), None)
        if reason is None:
            return f"only ours refuse it: {own['error']}"
        reasons[reason] += 1
    return None


if __name__ == "__main__":
    sys.exit(main())
