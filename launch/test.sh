#!/usr/bin/env bash
# Runs the tests: launch/test.sh [PYTEST ARGUMENTS]. Makes .venv on first use.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=_environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

ensure_environment dev "about 250 MB to download, 880 MB on disk"
cd "$root"
exec "$venv/bin/python" -m pytest "$@"
