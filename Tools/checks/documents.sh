# What the documents say: exporters, the catalogue, README's tables and examples.

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

check "exporters agree with PyTorch, Keras, ONNX and Flax" Tools/test_exporters
grep 'of the framework' "$log/output" | sed 's/^/        /'
check 'documentation converts without warnings' documentation
check "README's table is what Tools/accuracy measures" accuracy_is_current
check "README's C example compiles" readme_example_compiles
