# The host: formatting, Swift tests, warnings, the runtime's cross build.

formatting() { swift format lint --strict --recursive Package.swift Sources Tests Firmware; }

# Builds and fails on any warning.
build_clean() {
  swift build "$@" > "$log/build" 2>&1 || { cat "$log/build"; return 1; }
  ! grep -E 'warning:|error:' "$log/build"
}

swift_tests() {
  rm -rf "$profiles"
  swift test "${test_options[@]}" --skip-build > "$log/tests" 2>&1
  local code=$?
  grep -E '^✘|recorded an issue|^↳|skipped' "$log/tests"
  # The runner's own summary, and how many cases the tables of faults have.
  grep -E 'Test run with' "$log/tests" > "$log/lines"
  sed -nE 's/.*Test "(.* (is|are) refused .*)" with ([0-9]+) test cases passed.*/\3 cases: \1/p' \
    "$log/tests" | sort -rn >> "$log/lines"
  return $code
}

# The table of what they reached, and what they didn't if that is too much.
reached() {
  Tools/coverage "$profiles" .build-tests/release/{gruPackageTests.xctest,gru} \
    > "$log/lines" 2> "$log/missed" || { cat "$log/missed" "$log/lines"; return 1; }
}

cross_build() {
  build_clean -c release --triple armv7em-none-none-eabi --scratch-path .build-armv7em \
    --toolset Firmware/Toolsets/embedded.json --target DeviceProtocol
}

check 'formatting' formatting
check 'cycle model agrees with counts by hand' Tools/firmware/test_cycles.py
beside 'tests compile without warnings' build_clean "${test_options[@]}" --build-tests \
  --enable-code-coverage
beside 'release build without warnings' build_clean -c release
gather
check 'Swift tests' swift_tests
check 'the tests reach 95 % of the kernel and of the readers' reached
check 'what mutants are' Tools/mutation/test_mutants.py
check 'survivors among the mutants are still what they were' Tools/mutate --list
[ -z "$long" ] || check 'the tests kill 95 % of the mutants' Tools/mutate
check 'σ and tanh below 1 unit of 2^-15 over every argument' $gru tables --check
check 'runtime cross-builds as Embedded Swift, nothing allocates' cross_build
