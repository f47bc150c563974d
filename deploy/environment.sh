# Sourced by the scripts beside it: finding interpreters and uv, and pip's settings told to uv.

# uv reads its own variables: hand it what pip was told.
[ -z "${PIP_FIND_LINKS:-}" ] || export UV_FIND_LINKS="${UV_FIND_LINKS:-$PIP_FIND_LINKS}"
[ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"
[ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"
export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"
export UV_LINK_MODE="${UV_LINK_MODE:-copy}"

fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# Print an interpreter of version $1 that really runs; a pyenv shim may exist and still exit 127.
find_python() {
  local version=$1 candidate root
  for candidate in "python$version" python3; do
    candidate=$(command -v "$candidate" 2>/dev/null) || continue
    runs_as "$candidate" "$version" && { echo "$candidate"; return; }
  done
  root=$(pyenv root 2>/dev/null || echo "${PYENV_ROOT:-$HOME/.pyenv}")
  for candidate in "$root"/versions/"$version".*/bin/python; do
    runs_as "$candidate" "$version" && { echo "$candidate"; return; }
  done
  return 1
}

runs_as() { [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$2" ]; }

# Print uv: the one on PATH, or one installed from the package index into .tools.
find_uv() {
  if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then command -v uv; return; fi
  exec 9<deploy/environment.sh; flock 9 2>/dev/null || true  # two environments are built side by side; one fetches uv
  if [ ! -x .tools/bin/uv ]; then
    local python
    python=$(find_python 3.11 || find_python 3.10 || command -v python3) ||
      fail "No Python found. Install Python 3.11 and 3.10 (for example with your package manager or pyenv), then run make again."
    "$python" -m venv .tools >&2 && .tools/bin/python -m pip install --quiet uv >&2 ||
      fail "uv could not be installed. Check that pip reaches a package index ($python -m pip download uv), then run make again."
  fi
  echo "$PWD/.tools/bin/uv"
}
