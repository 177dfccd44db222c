# shellcheck shell=bash
# What demo.sh, test.sh and the scripts below deploy/ share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/artifacts/logs
mkdir -p "$logs"

# The SDK reports home, greets, makes developer certificates and leaves build processes behind unless told not to.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_UI_LANGUAGE=en
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

say() { printf '%s\n' "$*"; }

# fail WHAT [REMEDY]
fail() {
  printf 'error: %s\n' "$1" >&2
  if [ $# -gt 1 ]; then printf '  what to do: %s\n' "$2" >&2; fi
}

die() { fail "$@"; exit 1; }

now() { date +%s%3N; }

# took START : the seconds since START, with one decimal.
took() { local ms=$(($(now) - $1)); printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100)); }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    # Without a terminal nobody can type a password: then sudo has to refuse instead of waiting for ever.
    if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
  else
    fail "'$*' needs root, and there is no sudo" "run the same command as root"
    return 1
  fi
}

# has_package NAME : whether the distribution offers a package of that very name (not merely one that provides it).
has_package() {
  local policy
  policy=$(LC_ALL=C apt-cache policy "$1" 2>/dev/null)
  [[ $policy =~ Candidate:\ [^\(] ]]
}

# first_package NAME... : the first of the names that the distribution offers; the same library is called differently in different releases.
first_package() {
  local name
  for name in "$@"; do
    if has_package "$name"; then printf '%s\n' "$name"; return 0; fi
  done
  fail "none of these packages is offered by this distribution: $*"
  return 1
}

# Package lists are missing on a fresh image and outdated on an old one; both make a later download fail.
refresh_packages() {
  command -v apt-get >/dev/null || { fail "this needs apt-get: only Debian and Ubuntu are set up automatically" "$1"; return 1; }
  if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mtime -1 -print -quit 2>/dev/null)" ]; then
    as_root apt-get update -qq
  fi
}

# install_packages LOG NAME...
install_packages() {
  local log=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >>"$log" 2>&1
}

# Makes sure that the .NET 10 SDK is there, and that the programs it builds find its runtime.
need_sdk() {
  local remedy='install the .NET 10 SDK (Ubuntu: apt-get install dotnet-sdk-10.0; elsewhere: https://dotnet.microsoft.com/download) and try again'
  if ! command -v dotnet >/dev/null && [ -x "$HOME/.dotnet/dotnet" ]; then PATH=$HOME/.dotnet:$PATH; fi
  command -v dotnet >/dev/null || die 'there is no dotnet command' "$remedy"
  if ! (cd "$root" && dotnet --version) >"$logs/sdk.log" 2>&1; then
    # The SDK wants libicu, which a bare system lacks; nothing here depends on cultures.
    export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
    (cd "$root" && dotnet --version) >"$logs/sdk.log" 2>&1 || { cat "$logs/sdk.log" >&2; die 'the .NET SDK does not start, or is older than global.json asks for' "$remedy"; }
  fi
  # An executable looks for its runtime in the usual folders only, not where the dotnet of PATH lies.
  local shared
  shared=$(dotnet --list-runtimes | sed -n 's/^Microsoft\.NETCore\.App 10\..* \[\(.*\)\]$/\1/p' | tail -n 1)
  [ -n "$shared" ] || die 'the SDK brings no .NET 10 runtime' "$remedy"
  DOTNET_ROOT=$(dirname "$(dirname "$shared")")
  export DOTNET_ROOT PATH
}
