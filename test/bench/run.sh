#!/usr/bin/env bash
# Installs what the benchmark needs, then runs it; every option goes to run.py (--help lists them).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../setup.sh" bench
exec python3 "$here/run.py" "$@"
