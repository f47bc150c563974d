#!/usr/bin/env bash
# Compile requirements/*.in into pinned files that carry no index, no local build tag and no CUDA package.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/environment.sh
uv=$(find_uv)
compile() { # name, Python version, inputs...
  local name=$1 python=$2; shift 2
  # What is pinned stays pinned: uv reads the versions of the file it is about to write.
  [ ! -f "requirements/$name.txt" ] || cp "requirements/$name.txt" "requirements/$name.txt.new"
  "$uv" pip compile --quiet --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --python-version "$python" "$@" -o "requirements/$name.txt.new" "${UPGRADE[@]}"
  { echo "# Compiled from $(basename "$1") for Python $python by deploy/compile_requirements.sh; do not edit."
    grep -vE '^(nvidia-|triton|cuda-)' "requirements/$name.txt.new" | sed 's/+cpu$//'; } > "requirements/$name.txt"
  rm "requirements/$name.txt.new"
  echo "requirements/$name.txt: $(grep -c == "requirements/$name.txt") packages"
}
UPGRADE=()
[ "${1:-}" != --upgrade ] || UPGRADE=(--upgrade)
compile service 3.11 requirements/service.in
compile dev 3.11 requirements/dev.in
compile rasa 3.10 requirements/rasa.in
compile stock 3.10 requirements/stock.in
