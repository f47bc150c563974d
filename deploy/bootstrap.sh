#!/usr/bin/env bash
# Build one of the environments, if what it is made from has changed: bootstrap.sh service|dev|rasa|stock
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/environment.sh

case ${1:-} in
  service) folder=.venv version=3.11 files=(requirements/service.txt) ;;
  dev) folder=.venv version=3.11 files=(requirements/service.txt requirements/dev.txt) ;;
  rasa) folder=.venv-rasa version=3.10 files=(requirements/rasa.txt) ;;
  stock) folder=.venv-rasa version=3.10 files=(requirements/rasa.txt requirements/stock.txt) ;;
  *) fail "usage: deploy/bootstrap.sh service|dev|rasa|stock" ;;
esac
stamp=$folder/.installed-$1
wanted=$(cat "${files[@]}" deploy/bootstrap.sh | sha256sum | cut -d' ' -f1)
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0

started=$(date +%s)
uv=$(find_uv)
echo "==> $folder ($1): installing ${files[*]}"
if [ ! -x $folder/bin/python ]; then
  python=$(find_python $version || "$uv" python find $version 2>/dev/null || true)
  [ -n "$python" ] || "$uv" python install $version >/dev/null 2>&1 && python=${python:-$version} ||
    fail "Python $version is missing and uv could not fetch it. Install Python $version (for example: pyenv install $version), then run make again."
  "$uv" venv --quiet --python "$python" $folder
fi
# The CUDA build of torch is several GB: take the CPU one, from pip's find-links where it lies there.
backend=()
if grep -q '^torch==' "${files[0]}" && ! ls ${UV_FIND_LINKS:-/nonexistent}/torch-*.whl >/dev/null 2>&1; then
  backend=(--torch-backend=cpu)
fi
arguments=()
for file in "${files[@]}"; do arguments+=(-r "$file"); done
"$uv" pip install --quiet --python $folder/bin/python "${backend[@]}" "${arguments[@]}" ||
  fail "Installing $folder failed. Check the network and the free disk space (about 3 GB), then run make again; rm -rf $folder starts over."
echo "$wanted" > "$stamp"
echo "    $folder ready in $(($(date +%s) - started)) s"
