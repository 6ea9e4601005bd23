# What the documents say: exporters, the catalogue, README's tables and examples.

exporters_agree() {
  rm -f "$out/exporters.txt"
  Tools/test_exporters > "$log/exporters" || { local code=$?; cat "$log/exporters"; return $code; }
  grep 'of the framework' "$log/exporters" > "$out/exporters.txt"
}

readme_example_compiles() {
  sed -n '/^```c$/,/^```$/p' README.md | grep -v '^```' > "$log/example.c"
  sed 's/japanese_vowels/kws/g; s/JAPANESE_VOWELS/KWS/g' "$out/japanese_vowels_model.h" \
    > "$log/kws_model.h"
  gcc -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror -I Sources/CGRU/include -I "$log" \
    -c "$log/example.c" -o "$log/example.o"
}

# Links and structure of the catalogue; an empty symbol graph stands for the module.
documentation() {
  mkdir -p "$log/graph"
  printf '%s' '{"metadata":{"formatVersion":{"major":0,"minor":6,"patch":0},"generator":"none"},' \
    '"module":{"name":"GRURuntime","platform":{"architecture":"x86_64","vendor":"unknown",' \
    '"operatingSystem":{"name":"linux"}}},"symbols":[],"relationships":[]}' \
    > "$log/graph/GRURuntime.symbols.json"
  "$(dirname "$(command -v swift)")/docc" convert Sources/GRURuntime/GRURuntime.docc \
    --additional-symbol-graph-dir "$log/graph" --output-path "$log/docs" \
    --fallback-display-name GRURuntime --fallback-bundle-identifier gru --warnings-as-errors
}

# Every measured row must stand in the README.
accuracy_is_current() {
  Tools/accuracy > "$out/accuracy.txt" || return 1
  local missing=0
  while IFS= read -r line; do
    grep -qxF -- "$line" README.md || { echo "not in README: $line"; missing=1; }
  done < "$out/accuracy.txt"
  return $missing
}

# The blocks of the tutorial, in its order: files by the name in their first line, commands, and C.
tutorial_runs() {
  local page=Sources/GRURuntime/GRURuntime.docc/FirstModel.md folder=$log/tutorial
  local python=$PWD/.build-venv/bin
  [ -x "$python/python" ] || { echo "skipped: PyTorch is not installed, the tutorial is left out"; return 77; }
  mkdir -p "$folder"
  awk -v folder="$folder" '/^```/ { kind = inside ? "" : substr($0, 4); inside = !inside; next }
    inside && kind == "python" { print > (folder "/train.py") }
    inside && kind == "sh" { print > (folder "/commands.sh") }
    inside && kind == "c" { print > (folder "/waves.c") }' "$page"
  local checkout=$PWD
  (cd "$folder" &&
    GRU=$checkout PATH=$checkout/.build/release:$python:$PATH bash -euxo pipefail commands.sh &&
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Wall -Wextra -Werror -O2 \
      -I "$checkout/Sources/CGRU/include" -c waves.c -o waves.o) > "$log/tutorial.txt" 2>&1 ||
    { tail -n 20 "$log/tutorial.txt"; return 1; }
  grep -q 'waves: 500 steps equal' "$log/tutorial.txt" && [ -s "$folder/waves.html" ] &&
    [ -s "$folder/waves.bin" ]
}

beside "exporters agree with PyTorch, Keras, ONNX and Flax" exporters_agree
beside 'documentation converts without warnings' documentation
beside "README's table is what Tools/accuracy measures" accuracy_is_current
gather
[ -f "$out/exporters.txt" ] && sed 's/^/        /' "$out/exporters.txt"
check 'the tutorial runs as written' tutorial_runs
check "README's C example compiles" readme_example_compiles
