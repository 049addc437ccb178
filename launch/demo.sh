#!/usr/bin/env bash
# Lets a robot explore a simulated home and draws what it remembers: launch/demo.sh [OPTIONS OF spatialmem sim].
# With a recording named first it replays that: launch/demo.sh EPISODE [OPTIONS OF spatialmem replay].
# Makes .venv on first use.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=_environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

ensure_environment "sim,episodes" "about 320 MB to download, 1.1 GB on disk"
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

if [[ -n "$episode" ]]; then
  picture="$root/out/$(basename "$episode").png"
  rm -f "$picture"
  command=(replay "$episode" --picture "$picture" "$@")
else
  home="$root/out/home"
  rm -f "$home".{png,mcap,smem,smem-wal}
  command=(sim --seed 4 --memory "$home.smem" --record "$home.mcap" --picture "$home.png" "$@")
fi
if [[ -z "$installed_now" ]]; then
  exec "$venv/bin/spatialmem" "${command[@]}"
fi
code=0
"$venv/bin/spatialmem" "${command[@]}" || code=$?
say "By hand: ${venv#"$(pwd -P)"/}/bin/spatialmem --help"
exit "$code"
