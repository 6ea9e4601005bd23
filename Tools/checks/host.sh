# The host: formatting, Swift tests, warnings, the runtime's cross build.

formatting() { swift format lint --strict --recursive Package.swift Sources Tests Firmware; }

# Builds and fails on any warning.
build_clean() {
  swift build "$@" > "$log/build" 2>&1 || { cat "$log/build"; return 1; }
  ! grep -E 'warning:|error:' "$log/build"
}

swift_tests() {
  swift test "${test_options[@]}" --skip-build > "$log/tests" 2>&1
  local code=$?
  grep -E '^✘|recorded an issue|^↳|skipped' "$log/tests"
  # The runner's own summary goes to the terminal.
  grep -E 'Test run with' "$log/tests" > "$log/summary"
  return $code
}

cross_build() {
  build_clean -c release --triple armv7em-none-none-eabi --scratch-path .build-armv7em \
    --toolset Firmware/Toolsets/embedded.json --target DeviceProtocol
}

check 'formatting' formatting
check 'tests compile without warnings' build_clean "${test_options[@]}" --build-tests
check 'Swift tests' swift_tests
[ -f "$log/summary" ] && sed 's/^/        /' "$log/summary"
check 'cycle model agrees with counts by hand' Tools/firmware/test_cycles.py
check 'release build without warnings' build_clean -c release
check 'σ and tanh below 1 unit of 2^-15 over every argument' $gru tables --check
check 'runtime cross-builds as Embedded Swift, nothing allocates' cross_build
