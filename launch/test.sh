#!/usr/bin/env bash
# Runs the tests, on two cores: launch/test.sh [PYTEST ARGUMENTS]. Makes .venv on first use.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=_environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

ensure_environment dev "about 630 MB to download, 2.3 GB on disk"
cd "$root"
exec "$venv/bin/python" -m pytest -n 2 --dist loadfile "$@"
