# What people look at: pages in a browser, JSON against its schema.

reports=$out/reports
browser=$PWD/.build-browser

report_tools() {
  "$browser/bin/python" -c 'import jsonschema, playwright' 2> /dev/null && return 0
  python3 -m venv "$browser" &&
    "$browser/bin/pip" install -q -r Tools/reports/requirements.txt ||
    { echo "skipped: playwright and jsonschema could not be installed from PyPI"; return 77; }
}

# write_report NAME FOLDER [quantize options --] [validate options]: header, page, Markdown, JSON.
write_report() {
  local name=$1 folder=$2 model=$2/model.safetensors option arrays=() quantize=()
  local base=$reports/$name
  shift 2
  if [[ " $* " == *' -- '* ]]; then
    while [ "$1" != -- ]; do quantize+=("$1"); shift; done
    shift
  fi
  [ -f "$model" ] || model=$folder/../model.safetensors
  for option in lengths labels; do
    [ ! -f "$folder/$option.npy" ] || arrays+=(--$option "$folder/$option.npy")
  done
  [ ! -f "$folder/calibration_lengths.npy" ] ||
    quantize+=(--lengths "$folder/calibration_lengths.npy")
  mkdir -p "$reports"
  $gru quantize "$model" --network "$folder/network.json" --calibration "$folder/calibration.npy" \
    --name "$name" "${quantize[@]}" -o "${base}_model.h" --json > "$base.quantize.json" || return 1
  local validate=($gru validate "$model" --network "$folder/network.json" --header "${base}_model.h"
    --inputs "$folder/inputs.npy" "${arrays[@]}")
  "${validate[@]}" --report "$base.html" "$@" --json > "$base.validate.json"
  [ $? = "${expected_code:-0}" ] || return 1
  [ "$(wc -c < "$base.html")" -lt 500000 ] || { echo "$base.html is too large"; return 1; }
}

write_reports() {
  rm -rf "$reports"
  write_report japanese_vowels $example --max-flash 8000 -- \
    --pareto "$reports/japanese_vowels.quantize.json" &&
    expected_code=1 write_report characters Tools/examples/characters --min-sqnr 50 || return 1
  local folder
  for folder in centaur_gru8 opus_music_v13 rnnoise_v01/denoise_gru; do
    [ ! -d "$shared/$folder" ] || write_report "$(basename $folder)" "$shared/$folder" || return 1
  done
}

pages_look_right() {
  report_tools || return
  "$browser/bin/python" Tools/reports/look.py "$reports/japanese_vowels.html" \
    --expect figure-decisions,figure-front-curve &&
    "$browser/bin/python" Tools/reports/look.py $(ls "$reports"/*.html | grep -v japanese)
}

json_fits_schema() {
  report_tools || return
  local command
  for command in quantize validate; do
    $gru schema $command > "$log/$command.json" &&
      "$browser/bin/python" Tools/reports/check_json.py "$log/$command.json" \
        "$reports"/*."$command.json" || return 1
  done
}

check 'reports of real networks are written' write_reports
beside 'a terminal gets colour and a progress line that is true' python3 Tools/reports/terminal.py $gru
beside 'what --json prints is described by its schema' json_fits_schema
gather
check 'reports look right in Chromium, light, dark, narrow, wide, printed' pages_look_right
