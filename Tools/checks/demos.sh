# The bundled examples, as gru demo shows them, and what it notices.

# demo [NAME]: what it prints is kept for the README's transcripts.
demo() { $gru demo "$@" | tee "$out/demo_${1:-speakers}.txt"; return "${PIPESTATUS[0]}"; }

# Every line between the README's ```text fences must be a line that a demo printed.
readme_is_current() {
  local missing=0
  while IFS= read -r line; do
    grep -qxF -- "$line" "$out"/demo_*.txt || { echo "not printed: $line"; missing=1; }
  done < <(sed -n '/^```text$/,/^```$/p' README.md | grep -v '^```')
  return $missing
}

# live_text NAME: what the host prints for a demo's recording, by the demo's own command.
live_text() {
  local words
  words=$(sed -n 's/^\$ gru \(live .*\) -o .*/\1/p' "$out/demo_$1.txt")
  $gru $words
}

# The same text on another board; the last line says what a step costs.
board_plays_equally() {
  local name
  for name in activity characters; do
    live_text $name > "$log/host" || return 1
    if Firmware/live "$1" .build/demo/${name}_{model,recording}.h > "$log/live" 2>&1; then
      tail -n 1 "$log/live" | grep -q '^[0-9]* instructions a step$' &&
        head -n -1 "$log/live" | diff "$log/host" - || return 1
    else
      # The characters are too large for the smallest board; the activities fit everywhere.
      [ $name = characters ] && grep -q 'will not fit in region' "$log/live" ||
        { cat "$log/live"; return 1; }
    fi
  done
}

# A copy of the tool in a checkout whose device prints $2 instead of $1 (qemu-system-arm is there).
demo_with_device() {
  local checkout=$log/checkout
  rm -rf "$checkout" && mkdir -p "$checkout/Firmware" "$checkout/path"
  cp $gru "$checkout/gru" && ln -s "$PWD/Tools" "$checkout/Tools"
  printf '#!/bin/sh\nsed "s/%s/%s/" "%s"\n' "$1" "$2" "$log/host" > "$checkout/Firmware/live"
  printf '#!/bin/sh\n' > "$checkout/path/qemu-system-arm"
  chmod +x "$checkout/Firmware/live" "$checkout/path/qemu-system-arm"
  PATH=$checkout/path:$PATH "$checkout/gru" demo activity > "$log/demo" 2>&1
}

a_different_line_is_noticed() {
  live_text activity > "$log/host"
  demo_with_device running running && grep -q 'printed 81 lines as the host does' "$log/demo" ||
    return 1
  demo_with_device '^   51 s  running' '   51 s  walking'
  [ $? = 70 ] && grep -q "the device's line 51 differs" "$log/demo" || return 1
  demo_with_device '^   80 s.*' ''
  [ $? = 70 ] && grep -q "the device's line 80 differs" "$log/demo"
}

# Without the emulator the demo plays the recording on the host, and says so.
plays_on_host_without_emulator() {
  local checkout=$log/bare
  mkdir -p "$checkout" && cp $gru "$checkout/gru" && ln -sfn "$PWD/Tools" "$checkout/Tools"
  PATH=/nowhere "$checkout/gru" demo activity > "$log/demo" 2>&1 &&
    grep -q 'qemu-system-arm is not installed' "$log/demo" &&
    grep -qxF "$(live_text activity | tail -n 1)" "$log/demo"
}

missing_emulator_is_named() {
  mkdir -p "$log/few" && ln -sf "$(command -v bash)" "$(command -v dirname)" "$log/few"
  PATH=$log/few bash Firmware/emulate qemu-mps2-an386 image 2> "$log/errors"
  [ $? = 69 ] && grep -q "error: qemu-system-arm is not installed" "$log/errors"
}

recordings_compile() {
  local name
  for name in activity characters; do
    printf '#include "%s_recording.h"\n' $name $name > "$log/recording.c"
    printf 'const gru_recording_t *use(void);\nconst gru_recording_t *use(void) { return &%s; }\n' \
      ${name}_recording >> "$log/recording.c"
    for compiler in 'gcc -std=c99' 'gcc -std=c17' 'g++ -x c++ -std=c++11' 'g++ -x c++ -std=c++20'; do
      $compiler -Wall -Wextra -Wpedantic -Wconversion -Werror -I Sources/CGRU/include \
        -I .build/demo -c "$log/recording.c" -o "$log/recording.o" || return 1
    done
  done
}

mkdir -p "$out"
check 'gru demo' demo
check 'gru demo activity' demo activity
check 'gru demo characters' demo characters
check "README's transcripts are what gru demo prints" readme_is_current
check 'headers of recordings compile as C and C++' recordings_compile
check 'a demo notices a line that differs' a_different_line_is_noticed
check 'a demo without the emulator plays on the host' plays_on_host_without_emulator
check 'an emulator that is missing is named' missing_emulator_is_named
for board in qemu-microbit qemu-mps2-an385 qemu-riscv32-virt; do
  beside "$board plays recordings as the host does" board_plays_equally "$board"
done
gather
check 'no allocator in the live image, no trap in its step' \
  Tools/check_image Firmware/.build-qemu-mps2-an386/armv7em-none-none-eabi/release/Live
