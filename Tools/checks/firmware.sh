# The firmware in QEMU: every board computes what the host computed, to the bit.

replay() { Firmware/run qemu-mps2-an386 "$@" | tee "$log/replay"; return "${PIPESTATUS[0]}"; }

replay_equals_host() {
  local cases=()
  for model in "$out"/*_model.h; do cases+=("$model" "${model%_model.h}_vectors.h"); done
  replay "${cases[@]}" || return 1
  cp "$log/replay" "$out/replay.txt"
  cp "$log/replay" "$log/lines"
  [ "$(grep -c '1000 steps equal' "$log/replay")" = $((${#cases[@]} / 2)) ]
}

# The same networks on the other boards: as many as each one's memories hold, with the same CRCs.
board_equals_host() {
  local board=$1 cases=() model name
  for model in "$out"/*_model.h; do
    name=$(basename "$model" _model.h)
    cases=("$model" "${model%_model.h}_vectors.h")
    if Firmware/run "$board" "${cases[@]}" > "$log/board" 2>&1; then
      grep "^$name: " "$log/board" | sed 's/, stack.*//' > "$log/line"
      grep -q -F -f "$log/line" "$out/replay.txt" || { cat "$log/board"; return 1; }
      echo "$board $(cat "$log/line")" >> "$out/boards.txt"
    else
      grep -q 'will not fit in region' "$log/board" || { cat "$log/board"; return 1; }
    fi
  done
  grep -q "^$board .*1000 steps equal" "$out/boards.txt"
}

# Random networks of odd sizes, each laid out for pairs and for quads: with one trajectory per network.
# Wide inputs leave pre-activations fewer fraction bits, and with ReLU make a state of a high exponent.
layouts=$out/layouts
quantize_layouts() {
  local input hidden reset weights span candidate carry target name mixture=$log/mixture
  rm -rf "$layouts" && mkdir -p "$layouts" "$mixture"
  while read -r input hidden reset weights span candidate carry; do
    PYTHONPATH=Tools python3 -c '
import pathlib, sys
from firmware.networks import write_network
folder, input, hidden, reset, span, candidate = sys.argv[1:]
write_network(
    pathlib.Path(folder), int(input), int(hidden), reset, False, float(span), candidate)
' "$mixture" "$input" "$hidden" "$reset" "$span" "$candidate" || return 1
    for target in cortex-m4 cortex-m0; do
      name=i${input}_h${hidden}_${target/-/_}
      "$gru" quantize "$mixture/model.safetensors" --network "$mixture/network.json" \
        --calibration "$mixture/calibration.npy" --weights "$weights" --rounding nearest \
        --carry "$carry" --target "$target" -o "$layouts/${name}_model.h" > "$log/quantized" 2>&1 &&
        "$gru" vectors "$layouts/${name}_model.h" --inputs "$mixture/calibration.npy" \
          -o "$layouts/${name}_vectors.h" > "$log/trajectory_$target" || return 1
      sed -i 's/.*CRC-32 //' "$log/trajectory_$target"
    done
    cmp "$log/trajectory_cortex-m4" "$log/trajectory_cortex-m0" || return 1
  done << 'END'
1 4 after int8 1 tanh off
5 7 before int8 1 tanh off
13 9 after int8 1 tanh off
3 18 before int8/int16 1 tanh off
34 19 after int8 1 tanh off
16 33 before int8 1 tanh off
7 6 after int8/int16 1 tanh off
9 5 after int16 1 tanh off
6 11 after int8 100 tanh on
2 10 before int8 100 tanh off
4 12 after int8 300 relu off
8 13 after int8 100 relu on
END
  ! grep -L '[1-9][0-9]*, /\* pre-activation shift' "$layouts"/i[268]_*_model.h | grep . &&
    ! grep -L '\([6-9]\|1[0-2]\), /\* state exponent' "$layouts"/i[48]_*_model.h | grep .
}

layouts_equal_host() {
  local cases=()
  for model in "$layouts"/*_model.h; do cases+=("$model" "${model%_model.h}_vectors.h"); done
  Firmware/run "$1" "${cases[@]}" > "$log/board" || { cat "$log/board"; return 1; }
  [ "$(grep -c 'steps equal' "$log/board")" = $((${#cases[@]} / 2)) ]
}

# GRU_NATIVE_ONLY refuses the layout of other cores, and says what to do.
other_layouts_are_refused() {
  local core triple other
  while read -r core triple other; do
    echo "#include \"i13_h9_${core/-/_}_model.h\"" > "$log/native.c"
    echo "#include \"i13_h9_${other/-/_}_model.h\"" > "$log/other.c"
    local compile=(clang -target "$triple-none-none-eabi" -mcpu="$core" -ffreestanding
      -fsyntax-only -DGRU_NATIVE_ONLY -I Sources/CGRU/include -I "$layouts")
    "${compile[@]}" "$log/native.c" || return 1
    ! "${compile[@]}" "$log/other.c" 2> "$log/other.txt" || return 1
    grep -q 'quantized_with_the_target_of_this_core' "$log/other.txt" || return 1
  done << 'END'
cortex-m0 armv6m cortex-m4
cortex-m4 armv7em cortex-m0
END
}

# Every combination of cell variants: the Swift tests write their headers, the device replays them.
matrix=$PWD/.build/matrix
image=Firmware/.build-qemu-mps2-an386/armv7em-none-none-eabi/release/Replay
golden_matrix() {
  rm -rf "$matrix" && mkdir -p "$matrix"
  GRU_GOLDEN_MATRIX=$matrix swift test "${test_options[@]}" --skip-build \
    --filter GoldenMatrixTests > "$log/tests" 2>&1 ||
    { tail -n 30 "$log/tests"; return 1; }
  local cases=()
  for model in "$matrix"/*_model.h; do cases+=("$model" "${model%_model.h}_vectors.h"); done
  replay "${cases[@]}" > "$log/matrix" || { grep -v equal "$log/matrix"; return 1; }
  [ "$(grep -c 'steps equal' "$log/matrix")" = $((${#cases[@]} / 2)) ] &&
    echo "$((${#cases[@]} / 2)) combinations equal on host and device" > "$log/lines"
}

# Every small size with weights and inputs at the ends of their ranges, in each layout.
full_scale=$out/full_scale
full_scale_cases() {
  rm -rf "$full_scale" && mkdir -p "$full_scale"
  GRU_FULL_SCALE=$full_scale swift test "${test_options[@]}" --skip-build \
    --filter BlockSumTests > "$log/tests" 2>&1 || { tail -n 30 "$log/tests"; return 1; }
}

replays_full_scale() {
  local cases=()
  for model in "$full_scale"/*_model.h; do cases+=("$model" "${model%_model.h}_vectors.h"); done
  Firmware/run "$1" "${cases[@]}" > "$log/board" || { grep -v equal "$log/board"; return 1; }
  [ "$(grep -c 'steps equal' "$log/board")" = $((${#cases[@]} / 2)) ]
}

# Changes one hidden state by one unit: the device must notice, at that step.
corrupted_vector_is_noticed() {
  awk '/_vectors_hidden\[/ { inside = 1; print; next }
       inside && !done && /^  / { n = split($0, v, ", "); v[3] = v[3] + 1; line = v[1]
         for (i = 2; i <= n; i++) line = line ", " v[i]; print line; done = 1; next } { print }' \
    "$out/japanese_vowels_vectors.h" > "$log/corrupt_vectors.h"
  replay "$out/japanese_vowels_model.h" "$log/corrupt_vectors.h"
  [ $? = 1 ] && grep -q 'japanese_vowels: differs at step 0' "$log/replay"
}

# Changes one weight: the device's checksum must notice (status 10).
damaged_model_is_refused() {
  awk '/_weights\[/ { print; getline; sub(/^  0x[0-9A-F]+/, "  1"); print; next } { print }' \
    "$out/japanese_vowels_model.h" > "$log/damaged_model.h"
  replay "$log/damaged_model.h" "$out/japanese_vowels_vectors.h"
  [ $? = 1 ] && grep -q 'refused with status 10' "$log/replay"
}

# Bytes of code and of stack, as check_image and the replay printed them.
sizes_are_current() {
  local code stack
  code=$(Tools/check_image "$image" | sed -n 's/.* \([0-9]*\) bytes of code$/\1/p')
  stack=$(sed -n 's/.*stack \([0-9]*\) bytes$/\1/p' "$out/replay.txt" | sort -n | tail -n 1)
  echo "code $code, stack $stack"
  tr "\n" " " < README.md | grep -q "takes $code bytes of code on a Cortex-M4" || return 1
  # Reset before, which needs the most, is only among the networks beside the project.
  [ ! -d "$shared/rnnoise_v01" ] || tr "\n" " " < README.md | grep -q "at most $stack bytes of stack"
}

check 'the benchmark finds its boards' Tools/benchmark --help
check 'pairs and quads of random networks have one trajectory' quantize_layouts
check "another core's layout does not compile where it must be native" other_layouts_are_refused
check 'Cortex-M4 replays 1,000 steps of each network, bit for bit' replay_equals_host
for board in qemu-microbit qemu-mps2-an385 qemu-riscv32-virt; do
  beside "$board replays the networks that fit it, equally" board_equals_host "$board"
done
gather
check 'no allocator in the image, no trap in the step' Tools/check_image "$image"
for board in qemu-mps2-an386 qemu-microbit qemu-mps2-an385 qemu-riscv32-virt; do
  check "$board replays both layouts of random networks, equally" layouts_equal_host "$board"
  check "$board: no allocator in that image, no trap in a step" \
    Tools/check_image Firmware/.build-"$board"/*-none-none-eabi/release/Replay
done
check "README's sizes of code and stack are those measured" sizes_are_current
check 'Cortex-M4 replays every combination of cell variants' golden_matrix
check 'small sizes at full scale equal wide integers' full_scale_cases
for board in qemu-mps2-an386 qemu-mps2-an385 qemu-riscv32-virt; do
  beside "$board replays small sizes at full scale, equally" replays_full_scale "$board"
done
gather
check 'a corrupted golden vector is noticed' corrupted_vector_is_noticed
check 'a damaged model is refused' damaged_model_is_refused
