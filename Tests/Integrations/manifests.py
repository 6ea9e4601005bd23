#!/usr/bin/env python3
"""Reads the manifests as the build systems themselves do.

    Tests/Integrations/manifests.py FOLDER VERSION

FOLDER is an unpacked Arduino zip; VERSION is that of gru.h.
"""

import pathlib
import subprocess
import sys
import tempfile

import kconfiglib
import yaml
from idf_component_tools.manager import ManifestManager
from platformio.package.manifest.parser import ManifestParserFactory
from platformio.package.manifest.schema import ManifestSchema

INTEGRATIONS = pathlib.Path(__file__).resolve().parents[2] / "Firmware/Integrations"


def check_platformio(library: pathlib.Path, version: str) -> None:
    for name in ("library.json", "library.properties"):
        manifest = ManifestParserFactory.new_from_file(str(library / name)).as_dict()
        assert ManifestSchema().load_manifest(manifest)["version"] == version, name
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "platformio", "pkg", "pack", "-o", folder, str(library)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def check_arduino(library: pathlib.Path) -> None:
    """The fields that the specification of libraries demands, and what precompiled ones need."""
    lines = (library / "library.properties").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    demanded = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url"}
    assert demanded <= fields.keys(), demanded - fields.keys()
    assert fields["category"] == "Data Processing" and fields["precompiled"] == "true"
    assert fields["ldflags"] == "-lgru"
    for header in fields["includes"].split(","):
        assert (library / "src" / header).is_file(), header


def link_folder(library: pathlib.Path, *flags: str) -> str:
    """Where platformio.py lets the linker look, for a board with these flags."""

    class Environment(dict):
        def Append(self, **values):
            self.update(values)

    class Builder:
        path = str(library)

    environment = Environment(CCFLAGS=list(flags))
    script = (library / "platformio.py").read_text()
    names = {"Import": lambda *_: None, "env": environment, "pio_lib_builder": Builder}
    exec(compile(script, "platformio.py", "exec"), names)
    assert environment["LIBS"] == ["gru"]
    return str(pathlib.Path(environment["LIBPATH"][0]).relative_to(library / "src"))


def check_extra_script(library: pathlib.Path) -> None:
    hard = ("-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
    assert link_folder(library, "-mcpu=cortex-m0plus", "-mthumb") == "cortex-m0plus"
    assert link_folder(library, "-mcpu=cortex-m4", "-mthumb", *hard) == "cortex-m4/fpv4-sp-d16-hard"
    assert link_folder(library, "-mcpu=cortex-m4", "-mfloat-abi=softfp") == "cortex-m4"
    assert link_folder(library, "-march=rv32imc_zicsr_zifencei") == "esp32c3"
    assert link_folder(library, "-march=rv32imac_zicsr") == "esp32c6"
    try:
        link_folder(library, "-mlongcalls")
    except SystemExit as refusal:
        assert "no library for the flags -mlongcalls" in str(refusal)
    else:
        raise AssertionError("Xtensa is not refused")


def check_esp_idf(version: str) -> None:
    manager = ManifestManager(str(INTEGRATIONS / "ESP-IDF/gru"), "gru")
    assert manager.validate().validation_errors == []
    assert str(manager.load().version) == version


def check_zephyr() -> None:
    folder = INTEGRATIONS / "Zephyr"
    module = yaml.safe_load((folder / "zephyr/module.yml").read_text())
    assert module.keys() == {"name", "build"} and module["build"].keys() == {"cmake", "kconfig"}
    assert (folder / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    options = kconfiglib.Kconfig(str(folder / module["build"]["kconfig"]))
    assert options.syms["GRU"].type == kconfiglib.BOOL and options.syms["GRU"].nodes[0].prompt


def main() -> None:
    library, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    check_platformio(library, version)
    check_arduino(library)
    check_extra_script(library)
    check_esp_idf(version)
    check_zephyr()


if __name__ == "__main__":
    main()
