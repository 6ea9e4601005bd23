"""What the reader of each page has at hand, and the blocks that Tools/pages does not run."""

import dataclasses
import pathlib

EXAMPLES = "$GRU/Tools/examples"
SHARED = "../shared/models"
MODEL = f"cp {EXAMPLES}/japanese_vowels/*.npy {EXAMPLES}/japanese_vowels/model.safetensors ."
# Weights that are rounded to the nearest take no time; no page but one looks at how accurate they are.
HEADER = f"""{MODEL}
gru quantize model.safetensors --calibration calibration.npy --rounding nearest -o kws_model.h
gru vectors kws_model.h --inputs inputs.npy --steps 100 -o kws_vectors.h
"""


@dataclasses.dataclass(frozen=True)
class Stage:
    """What there is before a page's first block."""

    commands: str = ""
    # Names of files that blocks show without naming them, by the block's first line.
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    # Files of the checkout without which the page is left out, and what they belong to.
    needs: dict[str, str] = dataclasses.field(default_factory=dict)

    def missing(self, root: pathlib.Path) -> list[str]:
        return [what for file, what in self.needs.items() if not (root / file).exists()]


FRAMEWORKS = {".build-venv/bin/python": "Python with the frameworks (Tools/test_exporters)"}
NETWORK = '{ "format": 1, "layers": ['

EXPORTERS = "Tools/exporters/README.md"

STAGES = {
    "README.md": Stage(MODEL),
    "Cells.md": Stage(
        f"""{MODEL}
models=$GRU/{SHARED}/rnnoise_v01
python3 $GRU/Tools/documents/branched_data.py
cp $models/noise_gru/calibration.npy dvx.npy
cp $models/denoise_gru/calibration.npy vnx.npy
cp $models/noise_gru/network.json noise.json
cp $models/denoise_gru/network.json denoise.json
cp $models/model.safetensors rnnoise.safetensors
""",
        files={NETWORK: "vad.json"},
        needs={f"{SHARED}/rnnoise_v01": f"{SHARED}/rnnoise_v01"},
    ),
    "ContinuousIntegration.md": Stage(
        f"""{MODEL}
gru quantize model.safetensors --calibration calibration.npy -o kws_model.h
mkdir models firmware
cp model.safetensors inputs.npy models
cp kws_model.h firmware
printf '\\x40\\x3f' | dd of=model.safetensors bs=1 conv=notrunc status=none \\
  seek=$(($(stat -c %s model.safetensors) - 2))
"""
    ),
    "Boards.md": Stage(HEADER),
    "Device.md": Stage(HEADER),
    "FirstModel.md": Stage(needs=FRAMEWORKS),
    "Live.md": Stage(
        f"""cp {EXAMPLES}/activity/*.npy {EXAMPLES}/activity/*.safetensors {EXAMPLES}/activity/network.json .
cp {EXAMPLES}/characters/vocabulary.json .
cp {EXAMPLES}/characters/inputs.npy text.npy
gru quantize {EXAMPLES}/characters/model.safetensors --rounding nearest \\
  --calibration {EXAMPLES}/characters/calibration.npy -o text_model.h
"""
    ),
    "Report.md": Stage(MODEL),
    "Widths.md": Stage(MODEL),
    "Troubleshooting.md": Stage(
        f"""{HEADER}
archive=$(Firmware/Library/build --scratch $GRU/.build/library cortex-m4-soft cortex-m4-hard)
ln -s ${{archive%.tar.gz}} gru-0.1.0
cat > main.c << 'END'
#include "gru.h"
#include "kws_model.h"
static kws_state_t state;
static kws_scratch_t scratch;
int main(void) {{
  gru_t gru;
  return gru_open(&gru, &kws_model, &state, sizeof state, &scratch, sizeof scratch);
}}
END
sed 's/GRU_FORMAT_VERSION != 2/GRU_FORMAT_VERSION != 3/' kws_model.h > old_model.h
echo '#include "old_model.h"' > old.c
"""
    ),
    EXPORTERS: Stage("python $GRU/Tools/documents/exported_models.py", needs=FRAMEWORKS),
}

# Blocks that stand in a file of the project, by the file.
QUOTED = {
    ("Boards.md", "core=cortex-m4"): "Firmware/Boards/qemu-netduinoplus2/board.sh",
    ("Boards.md", "MEMORY"): "Firmware/Boards/qemu-netduinoplus2/memory.ld",
    ("Boards.md", "private var uart: STM32USART { STM32USART(base: 0x4001_1000) }"):
        "Firmware/Boards/qemu-netduinoplus2/Board.swift",
}

INTEGRATIONS = "Tools/checks/integrations.sh"

# Blocks that are run elsewhere, by the script that has their first line, or never, by the reason.
ELSEWHERE = {
    ("README.md", "swift run -c release gru demo     # the whole way on a network trained on real speech data"):
        "Tools/newcomer runs it in a fresh clone",
    ("README.md", "A GRU with 32 units tells nine speakers by how they say two vowels."):
        "Tools/checks/demos.sh holds it against what gru demo prints",
    ("README.md", "$ Firmware/live qemu-mps2-an386 .build/demo/activity_model.h .build/demo/activity_recording.h"):
        "Tools/checks/demos.sh holds it against what gru demo prints",
    ("Builds.md", "Firmware/Library/build -o gru-0.1.0.tar.gz"):
        "Tools/checks/library.sh builds all of it",
    ("Builds.md", "gru quantize kws.safetensors --calibration calibration.npy --target cortex-m4 -o kws_model.h"):
        INTEGRATIONS,
    ("Builds.md", "# CMakeLists.txt, with the archive"): INTEGRATIONS,
    ("Builds.md", "# CMakeLists.txt, with the sources"): INTEGRATIONS,
    ("Builds.md", "# CMakeLists.txt, with the Pico SDK"): INTEGRATIONS,
    ("Builds.md", "# CMakeLists.txt of the ESP-IDF project"): INTEGRATIONS,
    ("Builds.md", "# main/CMakeLists.txt of the ESP-IDF project"): INTEGRATIONS,
    ("Builds.md", "# CMakeLists.txt of the Zephyr application"): INTEGRATIONS,
    ("Builds.md", "# prj.conf"): INTEGRATIONS,
    ("Builds.md", "gru-0.1.0/integrations/Arduino/pack gru-0.1.0 -o gru-arduino.zip"):
        "Tools/checks/integrations.sh packs it with its own version",
    ("Builds.md", "; platformio.ini"): "PlatformIO would fetch compilers; its parser reads the manifest",
    ("Builds.md", "// swift-tools-version: 6.2"): INTEGRATIONS,
    ("Builds.md", "gru quantize kws.safetensors --calibration calibration.npy --target cortex-m4 \\"):
        INTEGRATIONS,
    ("Boards.md", "Tools/boards --board qemu-netduinoplus2"):
        "Tools/checks/boards.sh runs it for every board",
    ("Device.md", "gru validate model.safetensors --header kws_model.h --inputs inputs.npy --device /dev/ttyACM0"):
        "needs a board; the next block does the same with an emulated one",
    ("Device.md", "device '/dev/ttyACM0': nucleo-f446re, cortex-m4"): "printed for a board",
    ("Device.md", '#include "gru_device.h"'): "Tools/checks/device.sh links and runs it",
    ("Changing.md", "swift build -c release"): "they are what runs this",
    ("FirstModel.md", 'pip install "$GRU/Tools/exporters[keras]"'):
        "Tools/test_exporters installs them, several gigabytes",
    ("Live.md", "python3 -m venv .venv"): "installs PyTorch, and trains for half a minute",
    (EXPORTERS, "python3 -m venv .venv"): "Tools/test_exporters installs them, several gigabytes",
    (EXPORTERS, ".venv/bin/pip install './Tools/exporters[torch,keras,onnx,jax,test]'"):
        "Tools/test_exporters does so",
}
