#!/usr/bin/env bash
# Installs what building and testing need on Debian 12 or 13. It asks apt only for what is missing, so that a second run is quick and needs no
# network. Usage: test/setup.sh build | test | bench
set -euo pipefail

stage=${1:-build}
build="g++ meson ninja-build pkg-config ccache libuv1-dev libcjson-dev libpcre2-dev libyaml-dev libllhttp-dev libmbedtls-dev libyyjson-dev libhiredis-dev doctest-dev zlib1g-dev libsqlite3-dev libxml2-dev
  ca-certificates curl python3"
test="$build clang libclang-rt-dev nginx-light slowhttptest binutils abigail-tools strace python3-pytest python3-venv python3-setuptools python3-wheel mypy mandoc zsh systemd redis-server nodejs npm"
bench="$test haproxy wrk procps valgrind"

case $stage in
  build) wanted=$build ;;
  test) wanted=$test ;;
  bench) wanted=$bench ;;
  *) echo "setup.sh: unknown stage '$stage'; use build, test or bench" >&2; exit 2 ;;
esac

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
if [ "$codename" = bookworm ]; then wanted=${wanted/libclang-rt-dev/libclang-rt-14-dev}; fi
# Node's own packages bring npm with them, and Debian's cannot be installed beside those.
if command -v npm >/dev/null; then wanted=${wanted/ nodejs npm/}; fi

missing=
for package in $wanted; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
# mbedTLS 2.28 of Debian 12 is too old (no TLS 1.3), so an installed one does not count.
if ! dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libmbedtls-dev 2>/dev/null || echo 0)" ge 3.6; then missing="$missing libmbedtls-dev"; fi
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "setup.sh: missing packages:$missing; run as root or install sudo" >&2; exit 1; }
  sudo=sudo
fi

# Three libraries are younger than Debian 12. The Debian 13 suite is added with a low priority: only what is named below comes from it.
add_trixie() {
  local list=/etc/apt/sources.list.d/gatelet-trixie.list archive
  [ ! -e "$list" ] || return 0
  archive=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(ORIGIN)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "Debian" { print $1; exit }')
  [ -n "$archive" ] || { echo "setup.sh: no Debian 12 archive among the apt sources; add one and run again" >&2; exit 1; }
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive trixie main" | $sudo tee "$list" >/dev/null
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' | $sudo tee /etc/apt/preferences.d/gatelet-trixie >/dev/null
}

echo "setup.sh: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
from_trixie=
if [ "$codename" = bookworm ]; then
  add_trixie
  $sudo apt-get update -qq
  for package in libmbedtls-dev libllhttp-dev libyyjson-dev; do
    case " $missing " in *" $package "*) from_trixie="$from_trixie $package/trixie"; missing=" ${missing// $package/} " ;; esac
  done
fi
# nginx, Redis and HAProxy are only peers in tests: their services must not start.
printf '#!/bin/sh\nexit 101\n' | $sudo tee /usr/sbin/policy-rc.d >/dev/null
$sudo chmod +x /usr/sbin/policy-rc.d
trap '$sudo rm -f /usr/sbin/policy-rc.d' EXIT
$sudo apt-get install -y -qq --no-install-recommends $missing $from_trixie >&2
