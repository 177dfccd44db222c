#!/usr/bin/env bash
# Builds the image failover/debian:local: this distribution's essential packages, really installed, without systemd. For the tests that
# install our own packages.
#
#   deploy/docker/build-debian.sh [--force]
#
# Made by mmdebstrap from this machine's own apt sources, without asking any image registry. Skipped when the image is there and was built
# by this script for the same release.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tag=failover/debian:local
log=$logs/debian.log
: >"$log"
inputs=$(cat "${BASH_SOURCE[0]}" /etc/os-release | sha256sum | cut -c1-16)
if [ "${1:-}" != --force ] && [ "$(docker image inspect -f '{{index .Config.Labels "failover.inputs"}}' "$tag" 2>/dev/null)" = "$inputs" ]; then
  say "$tag: unchanged"
  exit 0
fi

start=$(now)
refresh_packages 'install mmdebstrap yourself' >>"$log" 2>&1 || die 'the package lists could not be fetched' "$log tells more"
if ! command -v mmdebstrap >/dev/null; then
  install_packages "$log" mmdebstrap || { tail -n 10 "$log" >&2; die 'mmdebstrap could not be installed' 'the lines above are from apt-get'; }
fi
# What our packages need, as their users' systems have it.
tls=$(first_package libssl3t64 libssl3) || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
# shellcheck source=/dev/null
suite=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
mmdebstrap --variant=essential --include="$tls,libstdc++6" --dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$work/root.tar" >>"$log" 2>&1 ||
  { tail -n 15 "$log" >&2; die 'mmdebstrap failed' "the whole output is in $log"; }
docker import --change "LABEL failover.inputs=$inputs" --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'CMD ["/bin/sh"]' "$work/root.tar" "$tag" >>"$log"
say "$tag: $(($(docker image inspect -f '{{.Size}}' "$tag") / 1000000)) MB, built in $(took "$start")"
