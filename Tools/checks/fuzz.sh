# Every reader, both ends of the device's line and the step, on what libFuzzer thinks of in 20 seconds
# each.

fuzzing() { Tools/fuzz 20 > "$out/fuzz.txt" || { cat "$out/fuzz.txt"; return 1; }; }

check 'no input breaks a promise, 20 seconds for each of 8 targets' fuzzing
sed 's/^/        /' "$out/fuzz.txt"
