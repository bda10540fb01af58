#!/bin/sh
# system_packages.sh PACKAGE...: installs the Debian packages that are missing where it may, else names the one command.
set -eu
missing=""
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "elbench set-up: missing system packages. Run: sudo $install" >&2
    exit 2
fi
echo "elbench set-up: installing$missing" >&2
{ $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root $install -qq; } >/dev/null ||
    { echo "elbench set-up: apt-get failed. Run: sudo $install" >&2; exit 2; }
