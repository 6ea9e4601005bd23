# What goes wrong around the tool and on the device. Faults inside files are in Tests/gruTests/Faults,
# those of the arithmetic in Tests/GRURuntimeTests.

# The tests print how many faults they made; what cannot be tried here is named.
fault_tests() {
  "Tools/faults/test_$1.py" --verbose > "$log/lines" 2> "$log/tests" ||
    { cat "$log/tests"; return 1; }
  sed -n "s/.*\.\.\. skipped '\(.*\)'$/skipped: \1/p" "$log/tests" | sort -u >> "$log/lines"
}

# Beside the readers of the safetensors and NumPy projects.
differential_reading() {
  local readers=$PWD/.build-readers
  "$readers/bin/python" -c 'import numpy, safetensors' 2> /dev/null || {
    python3 -m venv "$readers" && "$readers/bin/pip" install -q -r Tools/faults/requirements.txt
  } || { echo "skipped: numpy and safetensors could not be installed from PyPI"; return 77; }
  "$readers/bin/python" Tools/faults/test_reading.py > "$log/lines" ||
    { cat "$log/lines"; return 1; }
}

# Text from outside that stands in a header's comment, as names of files: the header still compiles
# and is read back.
hostile_names_are_harmless() {
  local folder=$log/hostile name
  mkdir -p "$folder"
  for name in '*: #error x' 'back\' $'two\nlines' '??:' $'\u202e' $'\033[2J' "';\"\`id\`" ': * x'; do
    cp "$example/model.safetensors" "$folder/$name.safetensors" || return 1
    "$gru" quantize "$folder/$name.safetensors" --calibration "$example/calibration.npy" \
      --lengths "$example/calibration_lengths.npy" --rounding nearest --name hostile \
      -o "$folder/hostile_model.h" > /dev/null || return 1
    ! LC_ALL=C grep -q '[^ -~]' "$folder/hostile_model.h" || return 1
    echo '#include "hostile_model.h"' > "$folder/use.c"
    gcc -std=c99 -Wall -Wpedantic -Werror -Wno-unused-const-variable -I Sources/CGRU/include \
      -c "$folder/use.c" -o "$folder/use.o" || return 1
    "$gru" run "$folder/hostile_model.h" --inputs "$example/inputs.npy" -o "$folder/hidden.npy" \
      > /dev/null || return 1
  done
}

# Steps of the wide reference, whose CRCs every board must print; and its faults.
device_faults=$PWD/$out/device_faults
reference_runs() {
  rm -rf "$device_faults" && mkdir -p "$device_faults"
  GRU_DEVICE_FAULTS=$device_faults swift test "${test_options[@]}" --skip-build \
    --filter DeviceFaultTests > "$log/tests" 2>&1 || { tail -n 30 "$log/tests"; return 1; }
}

# A board and the most stack that a step may take there, called from C: 684 and 528 bytes are measured.
stands_faults() {
  local board=$1 limit=$2 cases=() model image stack
  for model in "$device_faults"/*_model.h; do
    cases+=("$model" "${model%_model.h}_vectors.h")
  done
  image=$(Firmware/build "$board" Faults "${cases[@]}") || return 1
  Firmware/emulate "$board" "$image" > "$log/board" || { cat "$log/board"; return 1; }
  diff <(sed 's/, stack .*//' "$log/board") <(cat "$device_faults"/*.txt) || return 1
  stack=$(sed 's/.*stack \([0-9]*\) bytes$/\1/' "$log/board" | sort -n | tail -n 1)
  echo "$stack bytes of stack" && [ "$stack" -le "$limit" ]
}

beside 'inputs that are no readable files are refused' fault_tests paths
beside 'one whole file is there, whatever limits a write' fault_tests writing
beside 'one whole file is there, whatever call fails or kills' fault_tests system_calls
beside 'output that nobody takes is an error' fault_tests streams
beside 'others accept what our readers accept, and find the same' differential_reading
beside 'names of files cannot break a header' hostile_names_are_harmless
check 'the wide reference makes the runs of the devices' reference_runs
beside 'faults on a Cortex-M0, 10^5 steps as the reference' stands_faults qemu-microbit 704
beside 'faults on a Cortex-M4, 10^5 steps as the reference' stands_faults qemu-mps2-an386 544
gather
