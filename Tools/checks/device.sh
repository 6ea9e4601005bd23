# gru validate --device: the firmware's Device program on emulated boards, over each kind of line,
# on noisy ones, through a reset in mid-run, and the C program of the documentation.

lines=$out/device

# quantize_for_device EXAMPLE
quantize_for_device() {
  local example=Tools/examples/$1 lengths=()
  [ -f "$example/calibration_lengths.npy" ] &&
    lengths=(--lengths "$example/calibration_lengths.npy")
  $gru quantize "$example/model.safetensors" --network "$example/network.json" \
    --calibration "$example/calibration.npy" "${lengths[@]}" --rounding nearest \
    -o "$lines/$1_model.h"
}

# device_image BOARD EXAMPLE: the image, under a name of its own.
device_image() {
  local image
  image=$(Firmware/build "$1" Device "$lines/$2_model.h") && cp "$image" "$lines/$1_$2"
}

device_images() {
  mkdir -p "$lines"
  quantize_for_device japanese_vowels && quantize_for_device characters &&
    device_image qemu-mps2-an386 japanese_vowels && device_image qemu-microbit japanese_vowels &&
    device_image qemu-riscv32-virt characters
}

# validate_on IMAGE EXAMPLE STEPS [options of emulated_device]: an image's name begins with its
# board's. Leaves what was printed in $log/device.
validate_on() {
  local image=$1 example=Tools/examples/$2 header=$lines/$2_model.h steps=$3 lengths=()
  shift 3
  [ -f "$example/lengths.npy" ] && lengths=(--lengths "$example/lengths.npy")
  timeout 120 Tools/emulated_device "${image%%_*}" "$lines/$image" "$@" -- \
    $gru validate "$example/model.safetensors" --network "$example/network.json" \
    --header "$header" --inputs "$example/inputs.npy" "${lengths[@]}" --steps "$steps" \
    --device PORT 2>&1 | tee "$log/device"
  return "${PIPESTATUS[0]}"
}

# is_equal IMAGE EXAMPLE STEPS [options]
is_equal() { validate_on "$@" && grep -q "verdict        equal: $3 steps" "$log/device"; }

# Losses, flips and bytes that nobody sent, of which some must have hit.
is_equal_through_noise() {
  is_equal "$@" --drop 0.0003 --flip 0.0003 --insert 0.0003 &&
    grep -qE 'line           [1-9][0-9]* retries, [1-9]' "$log/device"
}

# restart_is_noticed IMAGE EXAMPLE
restart_is_noticed() {
  validate_on "$@" 300 --reset-after 10000
  [ $? = 76 ] && grep -q 'restarted in mid-run: its boot number went from' "$log/device" &&
    grep -qE 'note: [1-9][0-9]* of 300 steps were verified before' "$log/device"
}

other_model_is_refused() {
  validate_on qemu-riscv32-virt_characters japanese_vowels 10
  [ $? = 65 ] && grep -q "runs 'characters' with CRC-32" "$log/device"
}

dead_line_is_noticed() {
  validate_on qemu-mps2-an386_japanese_vowels japanese_vowels 10 --halted
  [ $? = 69 ] && grep -q 'no answer to 10 requests' "$log/device"
}

# The C program of the page, with the board's UART for its line, linked with the library for C and
# the board's start-up.
c_program() {
  local objects=Firmware/.build-qemu-mps2-an386/armv7em-none-none-eabi/release archive package
  archive=$(Firmware/Library/build --scratch "$PWD/.build/library" cortex-m4-soft) || return 1
  package=${archive%.tar.gz}
  sed 's/japanese_vowels/kws/g; s/JAPANESE_VOWELS/KWS/g' "$lines/japanese_vowels_model.h" \
    > "$log/kws_model.h"
  Tools/pages --block Device.md '#include "gru_device.h"' > "$log/program.c" || return 1
  cat > "$log/uart.c" << 'END'
#include <stdint.h>
#define UART ((volatile uint32_t *)0x40004000) /* DATA, STATE, CTRL */
void uart_write(uint8_t byte);
uint8_t uart_read(void);
void uart_write(uint8_t byte) { UART[2] = 3, UART[0] = byte; }
uint8_t uart_read(void) {
  for (UART[2] = 3; !(UART[1] & 2);) {
  }
  return (uint8_t)UART[0];
}
END
  arm-none-eabi-gcc -std=c11 -mcpu=cortex-m4 -Os -Wall -Wextra -Wpedantic -Wconversion -Werror \
    -I "$package/include" -I "$log" "$log/program.c" "$log/uart.c" \
    "$objects"/{Startup,Board,Peripherals}.build/*.o "$package/lib/libgru-cortex-m4-soft.a" \
    -nostdlib -Wl,--gc-sections \
    -L Firmware/Linker -T Firmware/Boards/qemu-mps2-an386/memory.ld \
    -o "$lines/qemu-mps2-an386_c"
}

c_program_is_equal() {
  c_program && is_equal qemu-mps2-an386_c japanese_vowels 100 &&
    grep -q "device '.*': my board, cortex-m4" "$log/device"
}

check 'device images for Cortex-M4, Cortex-M0 and RV32' device_images
check 'no allocator in the device image, no trap that a byte can reach' \
  Tools/check_image "$lines/qemu-mps2-an386_japanese_vowels" \
  'FrameDecoderV7receive|0A6ServerV(5reply|7perform)'
beside 'Cortex-M4 over a pseudo-terminal is equal' \
  is_equal qemu-mps2-an386_japanese_vowels japanese_vowels 300 --line pty
beside 'Cortex-M0 over TCP is equal' \
  is_equal qemu-microbit_japanese_vowels japanese_vowels 300 --line tcp
beside 'RV32 over a Unix socket, fed with tokens, is equal' \
  is_equal qemu-riscv32-virt_characters characters 300 --line unix
beside 'Cortex-M4 over a noisy pseudo-terminal is equal' \
  is_equal_through_noise qemu-mps2-an386_japanese_vowels japanese_vowels 100 --line pty
beside 'Cortex-M0 over noisy TCP is equal' \
  is_equal_through_noise qemu-microbit_japanese_vowels japanese_vowels 100 --line tcp
beside 'RV32 over a noisy Unix socket is equal' \
  is_equal_through_noise qemu-riscv32-virt_characters characters 150 --line unix
beside 'Cortex-M4: a reset in mid-run is noticed' \
  restart_is_noticed qemu-mps2-an386_japanese_vowels japanese_vowels
beside 'Cortex-M0: a reset in mid-run is noticed' \
  restart_is_noticed qemu-microbit_japanese_vowels japanese_vowels
beside 'RV32: a reset in mid-run is noticed' \
  restart_is_noticed qemu-riscv32-virt_characters characters
beside "another model's firmware is refused" other_model_is_refused
beside 'a dead line is noticed' dead_line_is_noticed
beside "the documentation's C program is equal" c_program_is_equal
gather
