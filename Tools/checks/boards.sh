# Every target: one set of networks, one CRC; and what real boards need to start an image.

boards_agree() {
  Tools/boards > "$log/lines" || { cat "$log/lines"; return 1; }
  local emulated
  emulated=$(grep -l '^emulator=' Firmware/Boards/*/board.sh | wc -l)
  [ "$(grep -c ' equal ' "$log/lines")" = "$emulated" ]
}

small=$log/small
small_network() {
  mkdir -p "$small"
  PYTHONPATH=Tools python3 -c '
import pathlib, sys
from firmware.networks import write_network
write_network(pathlib.Path(sys.argv[1]), 5, 7, "after", tokens=False)' "$small" &&
    "$gru" quantize "$small/model.safetensors" --network "$small/network.json" \
      --calibration "$small/calibration.npy" --name small -o "$small/small_model.h" &&
    "$gru" vectors "$small/small_model.h" --inputs "$small/calibration.npy" \
      -o "$small/small_vectors.h"
}

# The last hidden state is changed by one unit: the table says so, and the command fails.
difference_fails() {
  small_network && python3 - "$small/small_vectors.h" "$log/changed_vectors.h" << 'END' || return 1
import re, sys
text = open(sys.argv[1]).read()
place = re.search(r"_vectors_hidden\[\d+\] = \{[^}]*?(-?\d+)\s*\}", text)
open(sys.argv[2], "w").write(
    text[: place.start(1)] + str(int(place[1]) ^ 1) + text[place.end(1) :])
END
  Tools/boards --board qemu-microbit "$small/small_model.h" "$log/changed_vectors.h" \
    > "$log/table" 2> "$log/errors"
  [ $? = 1 ] && grep -q 'DIFFERENT' "$log/table" && grep -q 'differs at step 63' "$log/errors"
}

# Copies of a network that together exceed 256 KB of flash: said, and not an error.
too_large_is_said() {
  local cases=() copy part
  for copy in $(seq 110); do
    for part in model vectors; do
      sed "s/small/small$copy/g; s/SMALL/SMALL$copy/g" "$small/small_$part.h" \
        > "$log/small${copy}_$part.h"
      cases+=("$log/small${copy}_$part.h")
    done
  done
  Tools/boards --board qemu-microbit "${cases[@]}" > "$log/table" || return 1
  grep -q '^qemu-microbit .* too large: .* overflowed by [0-9]* bytes' "$log/table"
}

could_start() {
  local image
  image=$(Firmware/build "$1" Replay "$small"/small_{model,vectors}.h) &&
    Tools/flash_image "$1" "$image" -o "$out/$1" && Tools/check_image "$image"
}

# Each line damages 4 bytes at an offset of a board's flash, and names what must be said of it.
damaged_images_are_refused() {
  local board offset message image
  while read -r board offset message; do
    image=$(echo Firmware/.build-"$board"/*-none-none-eabi/release/Replay)
    PYTHONPATH=Tools python3 - "$image" "$log/damaged" "$offset" << 'PYTHON' || return 1
import pathlib, sys
from firmware.elf import ELF
from firmware.flash import Flash
image, damaged, offset = sys.argv[1], sys.argv[2], int(sys.argv[3])
address = Flash(image).start + offset
segment = next(s for s in ELF(image).segments
               if 0 <= address - s.load_address < len(s.contents))
data = bytearray(pathlib.Path(image).read_bytes())
place = data.find(segment.contents) + address - segment.load_address
data[place : place + 4] = b"\x13\x57\x9b\xdf"
pathlib.Path(damaged).write_bytes(data)
PYTHON
    ! Tools/flash_image "$board" "$log/damaged" 2> "$log/errors" || return 1
    grep -q "$message" "$log/errors" || { cat "$log/errors"; return 1; }
  done << 'END'
pico 16 boot code's checksum is
pico 256 the initial stack pointer is
nucleo-f446re 4 vector 1 is
nrf52840-dk 12 vector 3 is
pico2 64 no block in the first 4 KB
esp32-c3 4 does not begin with the magic numbers
END
}

# An image of each kind with an allocator, and with a step that traps.
broken_promises_are_noticed() {
  local triple options
  cat > "$log/broken.c" << 'END'
void *malloc(unsigned long size) { return (void *)size; }
int gru_step(int x) { if (x == 1) __builtin_trap(); return malloc((unsigned long)x) != 0; }
int _start(int x) { return gru_step(x); }
END
  while read -r triple options; do
    clang -target "$triple" $options -O1 -fno-inline -fno-builtin -nostdlib -fuse-ld=lld \
      "$log/broken.c" -o "$log/broken" || return 1
    ! Tools/check_image "$log/broken" > "$log/errors" || return 1
    grep -q 'allocator linked: malloc' "$log/errors" && grep -q 'trap in gru_step' "$log/errors" ||
      { echo "$triple"; cat "$log/errors"; return 1; }
  done << 'END'
armv7em-none-eabi -mcpu=cortex-m4 -mthumb -static
aarch64-none-elf -static
riscv32-none-elf -march=rv32imc -mabi=ilp32 -static
riscv64-none-elf -march=rv64imac -mabi=lp64 -static
wasm32-unknown-none
END
}

# The board that was added by following the page.
added_board_is_short() {
  local lines
  lines=$(cat Firmware/Boards/qemu-netduinoplus2/* | wc -l)
  echo "$lines lines"
  [ "$lines" -lt 60 ]
}

check 'all emulated boards compute one trajectory' boards_agree
check 'a difference on a board fails' difference_fails
check 'a board that is too small says so' too_large_is_said
for board in esp32-c3 nrf52840-dk nucleo-f446re pico pico2; do
  beside "an image for $board could start, and keeps what images promise" could_start "$board"
done
gather
check 'an allocator and a trap are noticed in every kind of image' broken_promises_are_noticed
check 'damaged images are refused' damaged_images_are_refused
check 'UARTs run at 115,200 Bd' Tools/firmware/test_uarts.py
check 'a board takes less than 60 lines' added_board_is_short
check 'the benchmark knows its boards' Tools/benchmark --help
