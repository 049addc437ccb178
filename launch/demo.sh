#!/usr/bin/env bash
# Turns a recorded walk into a map: launch/demo.sh [EPISODE] [OPTIONS OF spatialmem replay]. Makes .venv on first use.
# Without EPISODE it takes the office walk where that is at hand, else a room that spatialmem draws itself.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=_environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

ensure_environment "" "about 190 MB to download, 700 MB on disk"

if [[ $# -gt 0 && "$1" != -* ]]; then
  episode="$1"
  shift
else
  episode="${SPATIALMEM_DATA:-$root/../shared/data}/office_walk"
  [[ -d "$episode" ]] || episode=synthetic
fi
name="$(basename "$episode")"
picture="$root/out/$name.png"

mkdir -p "$root/out"
rm -f "$picture"
if [[ -z "$installed_now" ]]; then
  exec "$venv/bin/spatialmem" replay "$episode" --picture "$picture" "$@"
fi
code=0
"$venv/bin/spatialmem" replay "$episode" --picture "$picture" "$@" || code=$?
say "By hand: ${venv#"$(pwd -P)"/}/bin/spatialmem --help"
exit "$code"
