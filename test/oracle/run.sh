#!/usr/bin/env bash
# Compares expressions with Mono's C#: one command, root or sudo for the packages. Usage: test/oracle/run.sh [--gatelet PATH] [CASE FILE]…
# Not part of the default tests: it needs a network for the first run. What it makes stays in build-oracle/.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$PWD/build-oracle
mkdir -p "$work"

missing=
for package in mono-mcs mono-runtime libmono-system-xml-linq4.0-cil libmono-system-core4.0-cil libmono-system-numerics4.0-cil \
  libmono-system-runtime-serialization4.0-cil libmono-system-data4.0-cil python3 npm; do
  case $package in npm) command -v npm >/dev/null && continue ;; esac
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -n "$missing" ]; then
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

if [ ! -e "$work/Newtonsoft.Json.dll" ]; then
  (cd "$work" && npm pack --silent jillejr.newtonsoft.json-for-unity@12.0.101 >/dev/null && tar xzf jillejr.*.tgz)
  cp "$(find "$work/package" -path '*Editor*' -name Newtonsoft.Json.dll | head -1)" "$work/"
fi

gatelet=
if [ "${1:-}" = --gatelet ]; then gatelet=$2; shift 2; fi
if [ -z "$gatelet" ]; then
  for folder in build build-test; do
    [ ! -x "$folder/examples/standalone/gatelet" ] || gatelet=$folder/examples/standalone/gatelet
  done
fi
if [ -z "$gatelet" ]; then
  meson setup build
  ninja -C build examples/standalone/gatelet
  gatelet=build/examples/standalone/gatelet
fi
exec python3 test/oracle/compare.py --work "$work" --gatelet "$gatelet" "$@"
