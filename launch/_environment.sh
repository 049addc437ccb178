# Sourced by the scripts beside it: makes .venv in the repository root on first use, and keeps it up to date.
# shellcheck shell=bash

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
venv="$root/.venv"
installed_now="" # "yes" once ensure_environment had something to install

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 2
}

# Prints the first interpreter that is new enough and can make virtual environments. Every match on PATH is
# tried: a pyenv shim may exist for a version that is not installed, a Debian python may lack ensurepip.
find_python() {
  local name candidate
  for name in python3.11 python3.12 python3.10 python3.13 python3; do
    while IFS= read -r candidate; do
      if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
        printf '%s\n' "$candidate"
        return 0
      fi
    done < <(type -aP "$name" || true)
  done
  return 1
}

# What the environment was made from. When this changes, pip looks again.
fingerprint() { printf '%s %s' "$root" "$(cksum <"$root/pyproject.toml" | tr -d '\n')"; }

# Shows pip's progress in words: one line for each large download, one for the installation.
narrate() {
  awk '
    /Downloading .*MB\)/ { file = $2; sub(/.*\//, "", file); sub(/-(cp|py)[0-9].*/, "", file)
                           size = $3; sub(/\(/, "", size); printf "  downloading %s, %s MB\n", file, size; fflush() }
    /^Installing collected packages/ { printf "  installing %d packages\n", NF - 3; fflush() }
  ' >&2
}

# ensure_environment EXTRAS SIZES: EXTRAS is "" or "dev"; SIZES says what a fresh installation takes.
ensure_environment() {
  local extras="$1" sizes="$2" stamp="$venv/.installed" log="$venv/install.log" python
  # An environment with the development tools also serves whoever needs the core only.
  if [[ -x "$venv/bin/python" ]] && grep -qxF -e "$(fingerprint) [$extras]" -e "$(fingerprint) [dev]" "$stamp" 2>/dev/null; then
    return 0
  fi
  if ! { [[ -x "$venv/bin/pip" ]] && "$venv/bin/pip" --version >/dev/null 2>&1; }; then
    python="$(find_python)" || fail "spatialmem needs Python 3.10 or newer with the venv module, and found none" \
      "on PATH. Install it (Debian, Ubuntu: apt install python3.11 python3.11-venv) and run this again."
    say "First use: making a virtual environment in .venv with $("$python" --version)."
    "$python" -m venv --clear "$venv" || fail "Could not make $venv with $python. Is the disk full, or the folder read-only?"
  else
    say "pyproject.toml or the wanted extras changed since .venv was made: bringing it up to date."
  fi
  say "Installing spatialmem${extras:+ with its $extras tools} into .venv: $sizes."
  if ! "$venv/bin/pip" install --disable-pip-version-check --no-input --progress-bar off \
    -e "$root${extras:+[$extras]}" 2>&1 | tee "$log" | narrate; then
    say "The installation failed. pip said:"
    grep -E '^ *(ERROR|error)' "$log" | tail -n 5 | sed 's/^/  /' >&2
    fail "The whole story is in $log. Check the network connection and the free disk space, then run this again."
  fi
  printf '%s [%s]\n' "$(fingerprint)" "$extras" >"$stamp"
  # shellcheck disable=SC2034 # for the script that sources this one
  installed_now=yes
  say "Installed: $(du -sm "$venv" | cut -f1) MB in .venv. Remove that folder to undo it."
}
