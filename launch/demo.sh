#!/usr/bin/env bash
# A robot explores a simulated home, somebody moves things while it is away, and it fetches three of them by what it
# remembers and sees; then the recording of all that is replayed to the same state.
# launch/demo.sh [OPTIONS OF spatialmem do], or, with a recording named first, which is replayed instead:
# launch/demo.sh EPISODE [OPTIONS OF spatialmem replay]. Makes .venv on first use.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=_environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

moved="clock:table-3,candle:table-2,cube:table-3"
task="fetch a clock; fetch a candle; fetch a cube"

# same_again NAME: whether NAME.mcap is replayed to the state that is in NAME.smem.
same_again() {
  local shown="${1#"$(pwd -P)"/}" replayed
  say "Replaying $shown.mcap into an empty memory ..."
  replayed="$("$venv/bin/spatialmem" replay "$1.mcap" --json 2>/dev/null |
    "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["state_hash"])')"
  if [[ "$replayed" != "$("$venv/bin/spatialmem" hash "$1.smem")" ]]; then
    say "The recording $shown.mcap was replayed to another state than that in $shown.smem: $replayed"
    return 1
  fi
  say "The same state: $replayed"
}

ensure_environment "sim,episodes,plan,tasks" "about 420 MB to download, 1.5 GB on disk"
mkdir -p "$root/out"

episode=""
if [[ $# -gt 0 && "$1" != -* ]]; then
  episode="$1"
  shift
elif ! "$venv/bin/python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("pybullet") is None)'; then
  say "There is no PyBullet for $("$venv/bin/python" --version) (its wheels are for 3.10 and 3.11), so a recorded walk is replayed instead."
  episode="${SPATIALMEM_DATA:-$root/../shared/data}/office_walk"
  [[ -d "$episode" ]] || episode=synthetic
fi

code=0
if [[ -n "$episode" ]]; then
  picture="$root/out/$(basename "$episode").png"
  rm -f "$picture"
  "$venv/bin/spatialmem" replay "$episode" --picture "$picture" "$@" || code=$?
else
  home="$root/out/home"
  rm -f "$home".{png,mcap,smem,smem-wal}
  "$venv/bin/spatialmem" do "$task" --seed 0 --explore --moved "$moved" \
    --memory "$home.smem" --record "$home.mcap" --picture "$home.png" "$@" || code=$?
  # With other settings of the memory a replay would need them, too.
  if [[ $# -eq 0 && -f "$home.mcap" && $code -le 1 ]]; then
    same_again "$home" || code=1
  fi
fi
[[ -z "$installed_now" ]] || say "By hand: ${venv#"$(pwd -P)"/}/bin/spatialmem --help"
exit "$code"
