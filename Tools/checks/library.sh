# The static libraries: built, packed, linked by C projects and run in QEMU; and what the build
# systems make of them.

library=$PWD/.build/library
c=Tests/C

build_archive() {
  Firmware/Library/build --scratch "$library" -o "$library/gru.tar.gz" > "$library.txt" 2>&1 ||
    { cat "$library.txt"; return 1; }
  rm -rf "$library/unpacked" && mkdir -p "$library/unpacked" &&
    tar -xzf "$library/gru.tar.gz" -C "$library/unpacked" --strip-components=1 &&
    (cd "$library/unpacked" && sha256sum --quiet -c SHA256SUMS) &&
    [ "$(ls "$library/unpacked"/lib/*.a | wc -l)" = "$(grep -c '^[a-z]' Firmware/Library/cores.txt)" ]
}

# In another folder, for one core of each instruction set: the same bytes.
library_is_reproducible() {
  local again=$log/again name
  Firmware/Library/build --scratch "$again" cortex-m4-hard rv32imac-soft > "$log/build" 2>&1 ||
    { cat "$log/build"; return 1; }
  for name in cortex-m4-hard rv32imac-soft; do
    cmp "$library/unpacked/lib/libgru-$name.a" "$again"/gru-*/lib/"libgru-$name.a" || return 1
  done
  Firmware/Library/build --scratch "$again" -o "$log/twice.tar.gz" cortex-m4-hard rv32imac-soft \
    > "$log/build" 2>&1 && cmp "$log/twice.tar.gz" "$again"/gru-*.tar.gz &&
    ! strings -a "$again"/gru-*/lib/*.a | grep -F -e "$PWD" -e "$again"
}

# replay_headers TARGET: three networks laid out for a core, with golden vectors.
replay_headers() {
  local folder=$library/headers/$1
  [ -f "$folder/models.h" ] && return
  mkdir -p "$folder"
  replay_header "$1" replay_int8 $example int8 &&
    replay_header "$1" replay_int16 $example int16 &&
    replay_header "$1" replay_tokens Tools/examples/characters int8 &&
    list_models replay_int8 replay_int16 replay_tokens > "$folder/models.h"
}

# replay_header TARGET NAME EXAMPLE WEIGHTS
replay_header() {
  local output=$library/headers/$1/$2
  "$gru" quantize "$3/model.safetensors" --calibration "$3/calibration.npy" --weights "$4" \
    --rounding nearest --target "$1" -o "${output}_model.h" > "$log/quantized" &&
    "$gru" vectors "${output}_model.h" --inputs "$3/inputs.npy" --steps 300 \
      -o "${output}_vectors.h" > "$output.txt"
}

# list_models NAME...: what Tests/C/replay.c is to replay.
list_models() {
  printf '#include "%s_model.h"\n' "$@"
  printf '#include "%s_vectors.h"\n' "$@"
  printf '#define MODELS(MODEL)'
  for name in "$@"; do printf ' MODEL(%s, %s)' "$name" "${name^^}"; done
  echo
}

# How a C project is compiled for each library, and what QEMU machine runs it; memory as
# flash_start,flash_size,ram_start,ram_size.
c_projects='
cortex-m0-soft  -mcpu=cortex-m0 -mfloat-abi=soft                     microbit     0,256K,0x20000000,16K
cortex-m3-soft  -mcpu=cortex-m3 -mfloat-abi=soft                     mps2-an385   0,4M,0x20000000,4M
cortex-m4-soft  -mcpu=cortex-m4 -mfloat-abi=soft                     mps2-an386   0,4M,0x20000000,4M
cortex-m4-hard  -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16   mps2-an386   0,4M,0x20000000,4M
cortex-m7-soft  -mcpu=cortex-m7 -mfloat-abi=soft                     mps2-an500   0,4M,0x20000000,4M
cortex-m7-hard  -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16      mps2-an500   0,4M,0x20000000,4M
cortex-m33-soft -mcpu=cortex-m33 -mfloat-abi=soft                    mps2-an505   0x10000000,4M,0x38000000,4M
cortex-m33-hard -mcpu=cortex-m33 -mfloat-abi=hard                    mps2-an505   0x10000000,4M,0x38000000,4M
cortex-m55-soft -mcpu=cortex-m55 -mfloat-abi=soft                    mps3-an547   0,512K,0x20000000,512K
cortex-m55-hard -mcpu=cortex-m55 -mfloat-abi=hard                    mps3-an547   0,512K,0x20000000,512K
rv32imc-soft    -march=rv32imc -mabi=ilp32                           riscv32      0x80000000,4M,0x80400000,4M
rv32imac-soft   -march=rv32imac -mabi=ilp32                          riscv32      0x80000000,4M,0x80400000,4M
rv64imac-soft   -march=rv64imac -mabi=lp64 -mcmodel=medany           riscv64      0x80000000,4M,0x80400000,4M
rv64gc-hard     -march=rv64gc -mabi=lp64d -mcmodel=medany            riscv64      0x80000000,4M,0x80400000,4M
'
warnings=(-Wall -Wextra -Wpedantic -Werror)

# The words of a core's line between its name and the last two.
c_flags() { awk -v name="$1" '$1 == name { NF -= 2; $1 = ""; print }' <<< "$c_projects"; }
c_machine() { awk -v name="$1" '$1 == name { print $(NF - 1) }' <<< "$c_projects"; }
c_memory() { awk -v name="$1" '$1 == name { print $NF }' <<< "$c_projects"; }

layout_target() {
  case $1 in
    cortex-*) echo "${1%-*}" ;;
    rv32*) echo riscv32 ;;
    rv64*) echo riscv64 ;;
    *) echo cortex-m4 ;;
  esac
}

# link_c CORE PROGRAM [option of the compiler...]: prints the image that Tests/C/PROGRAM.c makes.
link_c() {
  local core=$1 program=$2 image=$library/$2-$1 compiler flash flash_size ram ram_size
  shift 2
  local options=(-std=c99 -Os -ffunction-sections -fdata-sections "${warnings[@]}"
    -I "$library/unpacked/include" -I "$library/headers/$(layout_target "$core")"
    -Wl,--gc-sections -Wl,--fatal-warnings)
  IFS=, read -r flash flash_size ram ram_size <<< "$(c_memory "$core")"
  case $core in
    cortex-*)
      compiler=arm-none-eabi-gcc # whose newlib says nothing of its stack
      options+=(-mthumb -Wl,-z,noexecstack --specs=nano.specs --specs=rdimon.specs -nostartfiles -T "$c/cortex_m.ld"
        "-Wl,--defsym=flash_start=$flash,--defsym=flash_size=$flash_size"
        "-Wl,--defsym=ram_start=$ram,--defsym=ram_size=$ram_size" "$c/cortex_m.c") ;;
    rv*)
      compiler=riscv64-unknown-elf-gcc
      options+=(--specs=picolibc.specs --oslib=semihost --crt0=hosted -Wl,--no-warn-rwx-segments
        "-Wl,--defsym=__flash=$flash,--defsym=__flash_size=$flash_size"
        "-Wl,--defsym=__ram=$ram,--defsym=__ram_size=$ram_size") ;;
    x86_64-linux) compiler=gcc ;;
  esac
  $compiler $(c_flags "$core") "${options[@]}" "$c/$program.c" "$@" \
    "$library/unpacked/lib/libgru-$core.a" -o "$image" && echo "$image"
}

# run_c CORE IMAGE: semihosting writes to the standard error where a C library writes single bytes.
run_c() {
  local emulator=(qemu-system-arm)
  case $1 in
    x86_64-linux) "$2"; return ;;
    rv32*) emulator=(qemu-system-riscv32 -bios none -machine virt) ;;
    rv64*) emulator=(qemu-system-riscv64 -bios none -machine virt) ;;
    *) emulator+=(-machine "$(c_machine "$1")") ;;
  esac
  timeout 60 "${emulator[@]}" -nographic -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$2" < /dev/null 2>&1
}

# Same CRC as the host's, no misuse that is not told, no allocator, no other kernels.
c_project_equals_host() {
  local core=$1 image name
  replay_headers "$(layout_target "$core")" || return 1
  image=$(link_c "$core" interface) && run_c "$core" "$image" || return 1
  image=$(link_c "$core" replay) && run_c "$core" "$image" | tr -d '\r' > "$log/replay" ||
    { cat "$log/replay"; return 1; }
  for name in replay_int8 replay_int16 replay_tokens; do
    grep -q "^$name: 300 steps equal, trajectory $(grep -o 'CRC-32 .*' \
      "$library/headers/$(layout_target "$core")/$name.txt")$" "$log/replay" || return 1
  done
  sed 's/, .*CRC-32/: CRC-32/' "$log/replay" > "$library/replayed/$core"
  unused_parts_are_left_out "$image"
}

# The kernels that the models don't name are not in an image, nor what Swift brings along.
unused_parts_are_left_out() {
  ! llvm-nm --defined-only "$1" | awk '{ print $3 }' |
    grep -E '^(swift_|gru_reset_before_|gru_.*_(wide|any)$|gru_(save|softmax)$)'
}

# C++ takes gru.h and the tests as they are.
cpp_project_runs() {
  replay_headers cortex-m4 || return 1
  local program
  for program in interface replay; do
    g++ -x c++ -std=c++11 "${warnings[@]}" -I "$library/unpacked/include" \
      -I "$library/headers/cortex-m4" "$c/$program.c" -x none \
      "$library/unpacked/lib/libgru-x86_64-linux.a" -o "$log/$program" && "$log/$program" ||
      return 1
    arm-none-eabi-g++ -x c++ -std=c++11 -fno-exceptions -mcpu=cortex-m4 -mthumb -fsyntax-only \
      "${warnings[@]}" -I "$library/unpacked/include" -I "$library/headers/cortex-m4" \
      "$c/$program.c" || return 1
  done
}

# A linker takes the library beside objects of the other float ABI for what it is: wrong.
wrong_abi_is_refused() {
  ! link_c cortex-m4-hard replay -mfloat-abi=soft > "$log/abi" 2>&1 &&
    grep -q 'uses VFP register arguments' "$log/abi"
}

# One golden state changed by one unit.
c_replay_notices_a_difference() {
  local folder=$library/headers/cortex-m4
  cp -r "$folder" "$log/changed"
  sed '/_vectors_hidden\[/{n;s/^  -\{0,1\}[0-9]*/  12345/}' "$folder/replay_int8_vectors.h" \
    > "$log/changed/replay_int8_vectors.h"
  gcc -I "$log/changed" -I "$library/unpacked/include" "$c/replay.c" \
    "$library/unpacked/lib/libgru-x86_64-linux.a" -o "$log/changed/replay" || return 1
  ! "$log/changed/replay" > "$log/changed/output" &&
    grep -q '^replay_int8: step 0: differs from the host$' "$log/changed/output"
}

# Whatever the layout: a trajectory for each of the three networks.
cores_agree() {
  sort -u "$library"/replayed/* > "$log/lines" && cat "$log/lines" && [ "$(wc -l < "$log/lines")" = 3 ]
}

check 'static libraries of all cores, packed with their checksums' build_archive
check 'the same sources make the same libraries and archive' library_is_reproducible
rm -rf "$library/replayed" && mkdir -p "$library/replayed"
for core in x86_64-linux $(awk 'NF { print $1 }' <<< "$c_projects"); do
  check "C firmware with libgru-$core.a equals the host" c_project_equals_host "$core"
done
check 'C firmware has one trajectory on all cores' cores_agree
check 'C++ takes the header, and runs' cpp_project_runs
check 'a C firmware notices a changed golden state' c_replay_notices_a_difference
check 'a library of the wrong float ABI does not link' wrong_abi_is_refused
