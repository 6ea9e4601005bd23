# What the documents say: exporters, the code and the messages on every page, README's tables.

exporters_agree() {
  Tools/test_exporters > "$log/exporters" || { local code=$?; cat "$log/exporters"; return $code; }
  grep 'of the framework' "$log/exporters" > "$log/lines"
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

# A workflow's steps are YAML.
yaml=$PWD/.build-yaml/bin/python
yaml_is_read() {
  "$yaml" -c 'import yaml' 2> /dev/null || {
    python3 -m venv "${yaml%/bin/python}" && "$yaml" -m pip install -q 'pyyaml==6.*'
  } || { echo 'skipped: PyYAML could not be installed from PyPI'; return 77; }
}

workflow_runs() { yaml_is_read && "$yaml" Tools/pages "$1"; }

# page_runs beside|check PAGE
page_runs() {
  local name=${2/README.md/README} command=Tools/pages
  [ "$2" != ContinuousIntegration.md ] || command=workflow_runs
  "$1" "$(basename "$name" .md) runs as written" $command "$2"
}

# These need what the exporters' check installs, and run beside what comes next.
with_frameworks=' FirstModel.md Tools/exporters/README.md '
# These build firmware, one after the other.
in_turn=' README.md Boards.md Device.md Live.md '

check 'every block of code is run, or has its reason' Tools/pages --list
pages=$(Tools/pages --list 2> /dev/null)
beside "exporters agree with PyTorch, Keras, ONNX and Flax" exporters_agree
beside 'documentation converts without warnings' documentation
beside "README's table is what Tools/accuracy measures" accuracy_is_current
beside 'every message has its entry in Troubleshooting' Tools/documents/check_messages.py
beside 'a page that is not as written is noticed' Tools/documents/test_pages.py
for page in $pages; do
  [[ "$in_turn $with_frameworks" == *" $page "* ]] || page_runs beside "$page"
done
for page in $pages; do
  [[ $in_turn != *" $page "* ]] || page_runs check "$page"
done
gather
for page in $with_frameworks; do page_runs beside "$page"; done
