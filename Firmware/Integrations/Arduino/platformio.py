"""Links the library for the board's core, which PlatformIO knows by the compiler's flags.

PlatformIO's own rule for precompiled libraries does not tell soft float from hard.
"""

import os

Import("env", "pio_lib_builder")  # noqa: F821: PlatformIO defines it

RISCV = {"rv32imc": "esp32c3", "rv32imac": "esp32c6"}


def folder(flags):
    """Where below src the library for these flags lies; None where there is none."""
    values = dict(flag.split("=", 1) for flag in flags if flag.startswith("-m") and "=" in flag)
    core = values.get("-mcpu", "").split("+")[0]
    if not core:
        return RISCV.get(values.get("-march", "").split("_")[0])
    if values.get("-mfloat-abi") == "hard":
        return os.path.join(core, values.get("-mfpu", "none") + "-hard")
    return core


def library_folder(flags, root):
    name = folder(flags)
    path = os.path.join(root, "src", name or "none")
    if not os.path.isfile(os.path.join(path, "libgru.a")):
        raise SystemExit("error: gru has no library for the flags " + " ".join(flags))
    return path


flags = [str(flag) for flag in env["CCFLAGS"]]  # noqa: F821
env.Append(LIBPATH=[library_folder(flags, pio_lib_builder.path)], LIBS=["gru"])  # noqa: F821
