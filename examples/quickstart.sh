#!/usr/bin/env bash
# Builds a release, starts the sample backend and the gateway on examples/store, shows a handful of requests and what happens when a management
# plane goes away, and serves on until Ctrl-C (--once: exits after that). Installs what is missing on Debian 12 and 13.
set -euo pipefail
cd "$(dirname "$0")/.."
once=0
for argument in "$@"; do
  case $argument in
    --once) once=1 ;;
    *) echo "usage: examples/quickstart.sh [--once]" >&2; exit 2 ;;
  esac
done

./test/setup.sh build
if [ ! -f build-release/build.ninja ]; then
  meson setup build-release --buildtype=release -Db_lto=true -Dtests=false >build-release.log 2>&1 || { cat build-release.log >&2; exit 1; }
  rm -f build-release.log
fi
echo "Building (the first time takes a few minutes) ..."
ninja -C build-release --quiet examples/standalone/gatelet
gatelet=build-release/examples/standalone/gatelet

work=$(mktemp -d)
backend_pid= gateway_pid=
cleanup() {
  trap - EXIT INT TERM
  [ -z "$gateway_pid" ] || { kill "$gateway_pid" 2>/dev/null && wait "$gateway_pid" 2>/dev/null; } || true
  [ -z "$backend_pid" ] || kill "$backend_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

wait_for() { # FILE PATTERN: until a line of the file matches, while the process that writes it lives
  for _ in $(seq 100); do
    if grep -q "$2" "$1" 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "quickstart: nothing came up; the last lines were:" >&2
  tail -n 20 "$1" >&2
  exit 1
}

python3 examples/sample_backend.py >"$work/backend.log" 2>&1 &
backend_pid=$!
wait_for "$work/backend.log" '^[0-9]'
export STORE_BACKEND=127.0.0.1:$(head -n 1 "$work/backend.log")

port=8080
if (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null; then port=0; fi  # taken: any free one
"$gatelet" run --config examples/store --listen "http://127.0.0.1:$port" --set routing.debug-header=true >"$work/gateway.log" 2>&1 &
gateway_pid=$!
wait_for "$work/gateway.log" '^listening on '
url=$(sed -n 's/^listening on //p' "$work/gateway.log" | head -n 1)
url=${url%/}

show() { # SENTENCE CURL-ARGUMENTS...
  local sentence=$1 line= word
  shift
  for word in "$@"; do
    case $word in *[!A-Za-z0-9/:._-]*) line="$line '$word'" ;; *) line="$line $word" ;; esac
  done
  printf '\n# %s\n$ curl -i%s\n' "$sentence" "$line"
  curl -sS -i "$@" | grep -v -i -E '^(date|server):' | tr -d '\r'
  echo
}

key='Ocp-Apim-Subscription-Key: store-demo-key'
show "Routing: version 1 of the catalog, an open product, no key" "$url/catalog/v1/items/4711"
show "Transformation: version 2 is rewritten for the same backend" "$url/catalog/v2/products/4711?lang=en"
show "A key is needed for orders" "$url/orders/42"
show "With the key: the fragment strips it, the operation adds ?expand=lines" -H "$key" "$url/orders/42"
show "A policy's own error: no warehouse named" -H "$key" "$url/stock/levels/4711"
show "A backend resource serves stock" -H "$key" -H "X-Warehouse: north" "$url/stock/levels/4711"
show "An operation that answers by itself" -X PUT -H "$key" -H "X-Warehouse: north" "$url/stock/levels/4711"
show "One more call: the fifth of five a minute" -X POST -H "$key" -H "Content-Type: application/json" -d '{"sku":"4711"}' "$url/orders/"
show "The limit: the sixth call is refused" -H "$key" "$url/orders/42"
show "Nothing there: 404; the log says why, and so does the answer to who asks" -H "Gatelet-Debug-Route: 1" "$url/catalogue/v1/items"
printf '\nThe log of the gateway:\n'
sed 's/^/  /' "$work/gateway.log"
printf '\nFederation: a management plane, a gateway that follows it, and what happens when the plane goes away (gatelet demo):\n'
"$gatelet" demo --once
if [ "$once" = 1 ]; then exit 0; fi
printf '\nServing on %s until Ctrl-C. The configuration is examples/store: edit it, and the gateway follows within 10 seconds.\n' "$url"
wait "$gateway_pid"
