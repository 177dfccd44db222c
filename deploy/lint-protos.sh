#!/usr/bin/env bash
# Lints the protos with buf, which comes as an npm package into a cache folder outside this tree.
#
#   deploy/lint-protos.sh [--install]     --install only fetches what is missing
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

version=1.75.0
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/failover/buf-$version
buf=$cache/node_modules/.bin/buf

if ! [ -x "$buf" ]; then
  start=$(now)
  log=$logs/buf-install.log
  : >"$log"
  if ! command -v npm >/dev/null; then
    say 'npm: none here, installing that of this distribution'
    refresh_packages 'install npm' >>"$log" 2>&1
    install_packages "$log" npm || { tail -n 20 "$log" >&2; die 'npm could not be installed' 'the lines above are from apt-get; install npm yourself, then try again'; }
  fi
  mkdir -p "$cache"
  npm install --prefix "$cache" --no-save --no-package-lock --no-audit --no-fund "@bufbuild/buf@$version" >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "the npm package @bufbuild/buf $version could not be installed" 'the lines above are from npm; it is fetched once, then kept'
  }
  say "buf $version: installed in $(took "$start")"
fi
if [ "${1:-}" = --install ]; then exit 0; fi
cd "$root"
exec "$buf" lint
