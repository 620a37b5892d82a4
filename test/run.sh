#!/usr/bin/env bash
# Runs every test: the ordinary build, a unity build with address and undefined-behaviour sanitizers, and what has threads under the thread
# sanitizer. Installs what is missing on Debian 12 and 13. Ends with one line `N passed, N failed`.
#   test/run.sh           everything
#   test/run.sh quick     the ordinary build only
set -uo pipefail
cd "$(dirname "$0")/.."
only=${1:-all}
case $only in all | quick) ;; *) echo "usage: test/run.sh [quick]" >&2; exit 2 ;; esac

./test/setup.sh test || exit 1
export CCACHE_NOHASHDIR=1 CCACHE_BASEDIR="$PWD"
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export GATELET_REQUIRE_CORPORA=${GATELET_REQUIRE_CORPORA:-0}
logs=()
failed=0

# configure NAME MESON-ARGUMENTS...
configure() {
  local name=$1
  shift
  if [ -f "build-$name/build.ninja" ]; then return; fi
  meson setup "build-$name" -Dwerror=true "$@" >"build-$name.log" 2>&1 || { cat "build-$name.log"; rm -rf "build-$name"; exit 1; }
  rm -f "build-$name.log"
}

# test_build NAME MESON-TEST-ARGUMENTS...     $targets: what to build, when that is not everything; $run: what to run meson with
targets=() run=()
test_build() {
  local name=$1
  shift
  echo "== $name: build"
  ninja -C "build-$name" --quiet "${targets[@]}" || { echo "run.sh: the build '$name' failed" >&2; failed=1; return; }
  echo "== $name: test"
  "${run[@]}" meson test -C "build-$name" --no-rebuild --print-errorlogs --timeout-multiplier 4 "$@" || failed=1
  logs+=("build-$name/meson-logs/testlog.json")
}

configure test -Doptimization=1 -Dbench=true
test_build test
if [ "$only" = all ]; then
  # With clang, whose run-time also finds leaks, and as a unity build, which must work and takes half the time. ccache by name: meson looks
  # for it itself only where no compiler is named.
  CC="ccache clang" CXX="ccache clang++" configure sanitize -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 -Db_ndebug=false --unity=on
  GATELET_LOAD_SECONDS=30 GATELET_KILLS=5 test_build sanitize --suite unit --suite policies --suite fuzz --suite e2e
  # Only what these tests need. The sanitizer of older compilers wants its addresses where they always were.
  CC="ccache clang" CXX="ccache clang++" configure thread -Db_sanitize=thread -Db_lundef=false -Doptimization=1 -Db_ndebug=false --unity=on
  targets=(test/test_net test/test_gateway test/capi/test_capi examples/standalone/gatelet) run=(setarch -R)
  TSAN_OPTIONS=halt_on_error=1:die_after_fork=0 GATELET_LOAD_SECONDS=15 test_build thread net gateway capi e2e_load
fi
python3 test/count.py "$failed" "${logs[@]}"
