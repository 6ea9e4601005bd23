# Emitted headers under the C and C++ compilers.

# quantize_case NAME FOLDER [extra quantize options]: header and 1,000 golden vectors.
quantize_case() {
  local name=$1 folder=$2 lengths=() calibration_lengths=() model=$2/model.safetensors
  shift 2
  [ -f "$model" ] || model=$folder/../model.safetensors
  [ -f "$folder/lengths.npy" ] && lengths=(--lengths "$folder/lengths.npy")
  [ -f "$folder/calibration_lengths.npy" ] &&
    calibration_lengths=(--lengths "$folder/calibration_lengths.npy")
  mkdir -p $out
  "$gru" quantize "$model" --network "$folder/network.json" --calibration "$folder/calibration.npy" \
    "${calibration_lengths[@]}" --name "$name" "$@" -o "$out/${name}_model.h" &&
    "$gru" vectors "$out/${name}_model.h" --inputs "$folder/inputs.npy" "${lengths[@]}" \
      --steps 1000 -o "$out/${name}_vectors.h"
}

# compile_headers COMPILER STANDARD...: every emitted header, included twice and with sizes only.
compile_headers() {
  local compiler=$1 standard suffix
  shift
  for standard in "$@"; do
    suffix=c
    case $standard in c++*) suffix=cpp ;; esac
    for model in "$out"/*_model.h; do
      local name=$(basename "$model" _model.h)
      printf '#include "%s"\n' "${name}_model.h" "${name}_model.h" "${name}_vectors.h" \
        gru.h gru_device.h > "$log/use.$suffix"
      printf 'const gru_model_t *use(void);\nconst gru_model_t *use(void) { return &%s_model; }\n' \
        "$name" >> "$log/use.$suffix"
      printf 'const gru_vectors_t *v(void);\nconst gru_vectors_t *v(void) { return &%s_vectors; }\n' \
        "$name" >> "$log/use.$suffix"
      printf '#define %s_SIZES_ONLY\n#include "%s_model.h"\nextern int size;\nint size = %s_STATE_SIZE;\n' \
        "${name^^}" "$name" "${name^^}" > "$log/sizes.$suffix"
      for unit in use sizes; do
        "$compiler" -std="$standard" -Wall -Wextra -Wpedantic -Wconversion -Werror \
          -I Sources/CGRU/include -I "$out" -c "$log/$unit.$suffix" -o "$log/$unit.o" || return 1
      done
    done
  done
}

old_format_is_refused() {
  sed 's/GRU_FORMAT_VERSION != 2/GRU_FORMAT_VERSION != 3/' "$out/japanese_vowels_model.h" \
    > "$log/old_model.h"
  echo '#include "old_model.h"' > "$log/old.c"
  ! gcc -std=c11 -I Sources/CGRU/include -I "$log" -c "$log/old.c" -o "$log/old.o" \
    2> "$log/old.txt" && grep -q 'quantize the network anew' "$log/old.txt"
}

rm -rf $out
beside 'quantize japanese_vowels' quantize_case japanese_vowels $example
beside 'quantize japanese_vowels, int16' quantize_case japanese_vowels_int16 $example --weights int16
beside 'quantize characters' quantize_case characters Tools/examples/characters
for folder in centaur_gru8 opus_music_v13 rnnoise_v01/vad_gru rnnoise_v01/noise_gru \
  rnnoise_v01/denoise_gru; do
  [ -d "$shared/$folder" ] &&
    beside "quantize $folder" quantize_case "$(basename $folder)" "$shared/$folder"
done
gather
beside 'headers compile as C99, C11, C17 (gcc)' compile_headers gcc c99 c11 c17
beside 'headers compile as C++11, C++17, C++20 (g++)' compile_headers g++ c++11 c++17 c++20
beside 'headers compile as C99, C23 (clang)' compile_headers clang c99 c23
beside 'headers compile as C11 (arm-none-eabi-gcc)' compile_headers arm-none-eabi-gcc c11
gather
check 'a header of another format version does not compile' old_format_is_refused
