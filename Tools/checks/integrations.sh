# What each build system makes of the library and of a model, in projects outside the tree: those of
# the page "In your build system", whose code blocks they are.

page=Sources/GRURuntime/GRURuntime.docc/Builds.md
stubs=$PWD/Tests/Integrations
version=$(sed -n 's/^#define GRU_VERSION_STRING "\(.*\)"$/\1/p' Sources/CGRU/include/gru.h)

# block FIRST-LINE: the page's code block that begins with this line.
block() { Tools/pages --block Builds.md "$1"; }

# new_project TARGET: a folder outside the tree with a model and its calibration, Tests/C/replay.c as
# main.c, and golden vectors of the header that the project's own build will make.
new_project() {
  local folder made=$log/made
  folder=$(mktemp -d) && echo "$folder" >> "$projects" && mkdir -p "$made" &&
    cp "$example/model.safetensors" "$folder/kws.safetensors" &&
    cp "$example"/{network.json,calibration.npy} "$folder" &&
    "$gru" quantize "$folder/kws.safetensors" --calibration "$folder/calibration.npy" \
      --network "$folder/network.json" --target "$1" -o "$made/kws_model.h" > "$log/quantized" &&
    "$gru" vectors "$made/kws_model.h" --inputs "$example/inputs.npy" --steps 200 \
      -o "$folder/kws_vectors.h" > "$folder/expected.txt" &&
    cp "$c/replay.c" "$folder/main.c" && list_models kws > "$folder/models.h" &&
    cp -r "$library/unpacked" "$folder/gru-$version" && ln -s "$PWD" "$folder/gru" &&
    echo "$folder"
}

# configure PROJECT CORE [option of CMake...]: for the machine in which run_c runs that core.
configure() {
  local project=$1 core=$2 compiler=gcc flags=$(c_flags "$2") link=()
  shift 2
  local flash flash_size ram ram_size
  IFS=, read -r flash flash_size ram ram_size <<< "$(c_memory "$core")"
  case $core in
    cortex-*)
      compiler=arm-none-eabi-gcc flags+=" -mthumb --specs=nano.specs --specs=rdimon.specs"
      $compiler $flags -Os -c "$c/cortex_m.c" -o "$project/startup.o" || return 1
      link=(-nostartfiles -T "$PWD/$c/cortex_m.ld" "$project/startup.o"
        "-Wl,--defsym=flash_start=$flash,--defsym=flash_size=$flash_size"
        "-Wl,--defsym=ram_start=$ram,--defsym=ram_size=$ram_size" -Wl,-z,noexecstack) ;;
    rv*)
      compiler=riscv64-unknown-elf-gcc flags+=" --specs=picolibc.specs"
      link=(--oslib=semihost --crt0=hosted -Wl,--no-warn-rwx-segments
        "-Wl,--defsym=__flash=$flash,--defsym=__flash_size=$flash_size"
        "-Wl,--defsym=__ram=$ram,--defsym=__ram_size=$ram_size") ;;
  esac
  case $compiler in gcc) ;; *) set -- "$@" -DCMAKE_SYSTEM_NAME=Generic ;; esac
  cmake -S "$project" -B "$project/build" -G 'Unix Makefiles' -DGRU_TOOL="$PWD/$gru" \
    -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY -DCMAKE_C_COMPILER=$compiler \
    -DCMAKE_CXX_COMPILER=${compiler/gcc/g++} -DCMAKE_C_FLAGS="$flags ${warnings[*]}" \
    -DCMAKE_EXE_LINKER_FLAGS="${link[*]} -Wl,--gc-sections -Wl,--fatal-warnings" \
    -DCMAKE_BUILD_TYPE=MinSizeRel --no-warn-unused-cli "$@"
}

build_project() { cmake --build "$1/build" > "$log/build" 2>&1 || { cat "$log/build"; return 1; }; }

# equals_host PROJECT CORE: the image computes what `gru vectors` computed.
equals_host() {
  run_c "$2" "$1/build/firmware" | tr -d '\r' > "$log/run"
  grep "^kws: 200 steps equal, trajectory $(grep -o 'CRC-32 .*' "$1/expected.txt")$" "$log/run" ||
    { cat "$log/run"; return 1; }
}

cmake_package_runs() {
  local core=$1 project
  project=$(new_project "$(layout_target "$core")") &&
    block '# CMakeLists.txt, with the archive' > "$project/CMakeLists.txt" &&
    configure "$project" "$core" && build_project "$project" && equals_host "$project" "$core"
}

# A second build does nothing; one after the model changed quantizes, compiles and links anew.
changed_model_is_quantized_anew() {
  local project
  project=$(new_project cortex-m4) &&
    block '# CMakeLists.txt, with the archive' > "$project/CMakeLists.txt" &&
    configure "$project" x86_64-linux && build_project "$project" &&
    grep -q 'Quantizing kws.safetensors' "$log/build" &&
    equals_host "$project" x86_64-linux || return 1
  build_project "$project" && ! grep -E 'Quantizing|Building|Linking' "$log/build" || return 1
  # The last two bytes are of a float of the last tensor's.
  printf '\x40\x3f' | dd of="$project/kws.safetensors" bs=1 conv=notrunc status=none \
    seek=$(($(stat -c %s "$project/kws.safetensors") - 2)) || return 1
  build_project "$project" && grep -q 'Quantizing' "$log/build" &&
    grep -q 'Linking' "$log/build" && ! equals_host "$project" x86_64-linux || return 1
  build_project "$project" && ! grep -q 'Quantizing' "$log/build" || return 1
  # Touched, but not changed: once, and not for ever.
  touch "$project/calibration.npy"
  build_project "$project" && grep -q 'Quantizing' "$log/build" &&
    build_project "$project" && ! grep -q 'Quantizing' "$log/build"
}

cmake_sources_run() {
  local project
  project=$(new_project cortex-m4) &&
    block '# CMakeLists.txt, with the sources' > "$project/CMakeLists.txt" &&
    configure "$project" cortex-m4-hard && build_project "$project" &&
    grep -q 'Building libgru-cortex-m4-hard.a' "$log/build" &&
    equals_host "$project" cortex-m4-hard && build_project "$project" &&
    ! grep -E 'Quantizing|Building|Linking' "$log/build"
}

pico_project_runs() {
  local project
  project=$(new_project cortex-m0) &&
    block '# CMakeLists.txt, with the Pico SDK' > "$project/CMakeLists.txt" &&
    cp "$stubs"/pico/* "$project" && configure "$project" cortex-m0-soft &&
    build_project "$project" && equals_host "$project" cortex-m0-soft
}

esp_idf_project_runs() {
  local project
  project=$(new_project riscv32) && mkdir "$project/main" &&
    mv "$project"/{main.c,models.h,kws_vectors.h} "$project/main" &&
    block '# CMakeLists.txt of the ESP-IDF project' > "$project/CMakeLists.txt" &&
    block '# main/CMakeLists.txt of the ESP-IDF project' > "$project/main/CMakeLists.txt" &&
    IDF_PATH=$stubs/esp-idf configure "$project" rv32imc-soft -DIDF_TARGET=esp32c3 &&
    build_project "$project" && equals_host "$project" rv32imc-soft || return 1
  rm -rf "$project/build"
  ! IDF_PATH=$stubs/esp-idf configure "$project" rv32imc-soft -DIDF_TARGET=esp32s3 \
    > "$log/refused" 2>&1 && grep -q 'no library for esp32s3' "$log/refused"
}

zephyr_project_runs() {
  local project
  project=$(new_project cortex-m33) &&
    block '# CMakeLists.txt of the Zephyr application' > "$project/CMakeLists.txt" &&
    block '# prj.conf' > "$project/prj.conf" &&
    configure "$project" cortex-m33-hard -DZephyr_DIR="$stubs/zephyr" \
      '-DBOARD_SETTINGS=CONFIG_CPU_CORTEX_M33=y;CONFIG_ARMV8_M_DSP=y;CONFIG_FP_HARDABI=y' &&
    build_project "$project" && equals_host "$project" cortex-m33-hard
}

# The library that the Zephyr module chooses for a board's settings.
zephyr_cores_are_mapped() {
  local expected settings
  while read -r expected settings; do
    printf '%s\n' 'cmake_minimum_required(VERSION 3.20)' 'project(mapping LANGUAGES NONE)' \
      'function(zephyr_link_libraries)' 'endfunction()' 'set(CONFIG_GRU y)' \
      "foreach(setting $settings)" '  set(CONFIG_${setting} y)' 'endforeach()' \
      "include($library/unpacked/integrations/Zephyr/CMakeLists.txt)" \
      'message(STATUS "core ${GRU_CORE};")' > "$log/CMakeLists.txt"
    rm -rf "$log/mapping"
    cmake -S "$log" -B "$log/mapping" > "$log/mapped" 2>&1
    grep -q -- "$expected" "$log/mapped" ||
      { echo "$settings: expected $expected"; cat "$log/mapped"; return 1; }
  done << 'END'
core.cortex-m0-soft; CPU_CORTEX_M0PLUS
core.cortex-m3-soft; CPU_CORTEX_M3
core.cortex-m3-soft; CPU_CORTEX_M33
core.cortex-m4-hard; CPU_CORTEX_M4 FP_HARDABI
core.cortex-m55-soft; CPU_CORTEX_M55
core.rv32imc-soft; RISCV RISCV_ISA_RV32I RISCV_ISA_EXT_M RISCV_ISA_EXT_C
core.rv32imac-soft; RISCV RISCV_ISA_RV32I RISCV_ISA_EXT_M RISCV_ISA_EXT_C RISCV_ISA_EXT_A
core.rv64gc-hard; RISCV RISCV_ISA_RV64I RISCV_ISA_EXT_M RISCV_ISA_EXT_C FLOAT_HARD
no.libgru-rv32imac-hard.a RISCV RISCV_ISA_EXT_M RISCV_ISA_EXT_C RISCV_ISA_EXT_A FLOAT_HARD
no.library.for.this.core XTENSA
END
}

# The library that gru_detect_core() chooses for a compiler's flags.
cores_are_detected() {
  local expected compiler flags
  while read -r expected compiler flags; do
    [ "$compiler" = arm ] && compiler=arm-none-eabi-gcc
    [ "$compiler" = riscv ] && compiler=riscv64-unknown-elf-gcc
    printf '%s\n' "include($PWD/Firmware/Integrations/CMake/gru_core.cmake)" \
      'gru_detect_core(core)' 'message("${core}")' > "$log/detect.cmake"
    (cd "$log" && cmake "-DCMAKE_C_COMPILER=$compiler" "-DCMAKE_C_FLAGS=$flags" -P detect.cmake) \
      > "$log/detected" 2>&1
    grep -q -- "$expected" "$log/detected" ||
      { echo "$compiler $flags: expected $expected"; cat "$log/detected"; return 1; }
  done << 'END'
^cortex-m0-soft$ arm -mcpu=cortex-m0plus -mthumb
^cortex-m0-soft$ arm -mcpu=cortex-m23
^cortex-m3-soft$ arm -mcpu=cortex-m3
^cortex-m4-soft$ arm -mcpu=cortex-m4 -mfloat-abi=softfp -mfpu=fpv4-sp-d16
^cortex-m4-hard$ arm -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
^cortex-m7-hard$ arm -mcpu=cortex-m7 -mfloat-abi=hard
^cortex-m33-soft$ arm -mcpu=cortex-m33 -march=armv8-m.main+fp+dsp -mfloat-abi=softfp -mcmse
^cortex-m3-soft$ arm -mcpu=cortex-m33+nodsp
^cortex-m33-hard$ arm -mcpu=cortex-m33 -mfloat-abi=hard
^cortex-m55-hard$ arm -mcpu=cortex-m55 -mfloat-abi=hard
^rv32imc-soft$ riscv -march=rv32imc -mabi=ilp32
^rv32imac-soft$ riscv -march=rv32imac_zicsr -mabi=ilp32
^rv64imac-soft$ riscv -march=rv64imac -mabi=lp64
^rv64gc-hard$ riscv -march=rv64gc -mabi=lp64d
no.library.for riscv -march=rv32imafc -mabi=ilp32f
no.library.for riscv -march=rv32ic -mabi=ilp32
no.library.for riscv -march=rv32im -mabi=ilp32
no.library.for arm -mcpu=cortex-a9
^x86_64-linux$ gcc -O2
END
}

# The page's package, Tests/SwiftPM, copied out of the tree.
swift_package_runs() {
  local project
  project=$(new_project cortex-m4) && rm "$project"/{main.c,models.h} &&
    cp -r Tests/SwiftPM/. "$project" && mv "$project/kws_vectors.h" "$project/Sources/Model/include" &&
    block '// swift-tools-version: 6.2' > "$project/Package.swift" &&
    block 'gru quantize kws.safetensors --calibration calibration.npy --target cortex-m4 \' \
      > "$project/commands" &&
    (cd "$project" && PATH="$OLDPWD/$(dirname "$gru"):$PATH" bash -e ./commands) > "$log/build" 2>&1 ||
    { cat "$log/build"; return 1; }
  ! grep 'warning:' "$log/build" &&
    run_c cortex-m4-soft "$project"/.build/armv7em-none-none-eabi/release/Firmware > "$log/run" &&
    cat "$log/run" && grep "^$(grep -o '[0-9A-F]*$' "$project/expected.txt")" "$log/run"
}

# The page's compiler and its options, then a linker's.
compiler_commands_run() {
  local project objects
  project=$(new_project cortex-m4) &&
    block 'gru quantize kws.safetensors --calibration calibration.npy --target cortex-m4 -o kws_model.h' \
      > "$project/commands" &&
    (cd "$project" && PATH="$OLDPWD/$(dirname "$gru"):$PATH" bash -e ./commands) > "$log/build" 2>&1 ||
    { cat "$log/build"; return 1; }
  mkdir -p "$project/build" && link_c cortex-m4-hard empty "$project/main.o" > "$log/image" &&
    mv "$(cat "$log/image")" "$project/build/firmware" && equals_host "$project" cortex-m4-hard
}

manifests_are_valid() {
  local python=$PWD/.build-venv-manifests/bin/python folder=$log/arduino
  if ! "$python" -c 'import platformio, idf_component_tools, kconfiglib, yaml' 2> /dev/null; then
    { python3 -m venv "${python%/bin/python}" && "$python" -m pip install -q 'platformio==6.*' \
      'idf-component-manager==3.*' kconfiglib pyyaml; } > "$log/pip" 2>&1 ||
      { echo 'skipped: the parsers of the manifests could not be installed'; return 77; }
  fi
  mkdir -p "$folder" && ln -sfn "$library/unpacked" "$folder/gru-$version" &&
    block "gru-$version/integrations/Arduino/pack gru-$version -o gru-arduino.zip" \
      > "$folder/commands" && (cd "$folder" && bash -e ./commands) &&
    python3 -m zipfile -e "$folder/gru-arduino.zip" "$folder" &&
    "$python" "$stubs/manifests.py" "$folder/gru" "$version"
}

page_names_this_version() { ! grep -o 'gru-[0-9][0-9.]*[0-9]' "$page" | grep -vx "gru-$version"; }

projects=$log/projects
: > "$projects"
check 'the page names the version of gru.h' page_names_this_version
beside "a library is chosen by the compiler's flags" cores_are_detected
beside 'a compiler and its options' compiler_commands_run
for core in x86_64-linux cortex-m4-hard rv32imac-soft; do
  beside "CMake project with the archive runs: $core" cmake_package_runs "$core"
done
beside 'CMake quantizes a changed model anew, and no other' changed_model_is_quantized_anew
beside 'CMake project with the sources runs' cmake_sources_run
beside 'Pico SDK project runs' pico_project_runs
beside 'ESP-IDF project runs' esp_idf_project_runs
beside 'Zephyr application runs' zephyr_project_runs
beside 'Zephyr module chooses the library of each core' zephyr_cores_are_mapped
beside 'Embedded Swift package outside the tree runs' swift_package_runs
beside 'manifests pass the parsers of their build systems' manifests_are_valid
gather
xargs -r rm -rf < "$projects"
