#!/usr/bin/env bash
# Runs the README's two commands on fresh machines: makes a clean Debian root with debootstrap, puts a clone of the committed project and
# ../shared into it, and runs both commands there as root. By hand, not in CI: each root takes the time of a full build.
#   test/fresh-machine.sh [bookworm|trixie]...    default: both
# Needs root, debootstrap (installed when missing) and an apt source for the archive. FRESH_CCACHE=DIR lends the root a compiler cache.
# Ends with one line for each root: `bookworm: quickstart 0, tests 0 (… passed, … failed)`.
set -euo pipefail
cd "$(dirname "$0")/.."
project=$PWD
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
for suite in "${suites[@]}"; do
  case $suite in bookworm | trixie) ;; *) echo "usage: test/fresh-machine.sh [bookworm|trixie]..." >&2; exit 2 ;; esac
done
[ "$(id -u)" = 0 ] || { echo "fresh-machine.sh: run as root, a root directory cannot be made otherwise" >&2; exit 1; }
command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq debootstrap; }
archive=$(apt-get indextargets --format '$(SITE) $(ORIGIN)' 'Created-By: Packages' | awk '$2 == "Debian" { print $1; exit }')
[ -n "$archive" ] || { echo "fresh-machine.sh: no Debian archive among the apt sources; add one and run again" >&2; exit 1; }

work=$(mktemp -d)
# In a mount namespace of its own: what is mounted below is gone with it, and nothing of the host can be unmounted or removed by mistake.
trap 'rm -rf --one-file-system "$work"' EXIT

make_root() { # SUITE ROOT
  debootstrap --variant=minbase --include=ca-certificates "$1" "$2" "$archive" >"$2.log" 2>&1 || { tail -n 20 "$2.log" >&2; exit 1; }
  # How this network reaches the archive belongs to the machine, not to the project.
  cp /etc/resolv.conf "$2/etc/resolv.conf" 2>/dev/null || true
  cp /etc/hosts "$2/etc/hosts"
  if [ -d /usr/local/share/ca-certificates ]; then cp -r /usr/local/share/ca-certificates "$2/usr/local/share/"; fi
  grep -hs -i -E '^ *Acquire::' /etc/apt/apt.conf.d/* >"$2/etc/apt/apt.conf.d/99network" || true
  mkdir -p "$2/src" "$2/ccache"
  git clone -q "$project" "$2/src/gatelet"
  if [ -d "$project/../shared" ]; then cp -r "$project/../shared" "$2/src/shared"; fi
}

run_in() { # ROOT COMMAND
  # shellcheck disable=SC2016
  unshare --mount --pid --fork bash -c '
    set -e
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    if [ -n "${FRESH_CCACHE:-}" ]; then mount --bind "$FRESH_CCACHE" "$1/ccache"; fi
    exec chroot "$1" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CCACHE_DIR=/ccache \
      bash -c "cd /src/gatelet && $2"' fresh "$1" "$2"
}

summary=()
failed=0
for suite in "${suites[@]}"; do
  root=$work/$suite
  echo "== $suite: debootstrap"
  make_root "$suite" "$root"
  echo "== $suite: ./examples/quickstart.sh --once"
  quickstart=0
  run_in "$root" './examples/quickstart.sh --once' || quickstart=$?
  echo "== $suite: ./test/run.sh"
  tests=0
  run_in "$root" './test/run.sh' | tee "$root.tests" || tests=$?
  summary+=("$suite: quickstart $quickstart, tests $tests ($(tail -n 1 "$root.tests"))")
  [ "$quickstart$tests" = 00 ] || failed=1
  rm -rf --one-file-system "$root"
done
printf '%s\n' "${summary[@]}"
exit $failed
