#!/bin/sh
# Installs both programs from a release's tar.gz, for systems without .deb packages. Nothing is installed, or even unpacked, whose checksum
# does not match.
#
#   install.sh --from FOLDER|URL [--version V] [--prefix FOLDER] [--sums FILE]
#
#   --from     where the release's files are: a folder, or an https address; else what FAILOVER_RELEASE says; else this script's own folder
#   --version  which one, where there are several
#   --prefix   /usr/local unless given
#   --sums     a SHA256SUMS that came another way: whoever can change the files where they lie can change the checksums beside them
#
# What there is of an earlier version is replaced; configuration and state are not touched, and nothing is started or stopped.
set -eu

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$1" >&2; [ $# -lt 2 ] || printf '  what to do: %s\n' "$2" >&2; exit 1; }

from=${FAILOVER_RELEASE:-$(dirname "$0")} version='' prefix=/usr/local sums=''
while [ $# -gt 0 ]; do
    case $1 in
    --from | --version | --prefix | --sums)
        [ $# -ge 2 ] || die "$1 needs a value"
        case $1 in --from) from=$2 ;; --version) version=$2 ;; --prefix) prefix=$2 ;; --sums) sums=$2 ;; esac
        shift
        ;;
    *) die "unknown argument $1" 'see the head of this script' ;;
    esac
    shift
done

case $prefix in /*) ;; *) die "the prefix has to be an absolute path: $prefix" ;; esac
case $(uname -m) in
x86_64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) die "there is no release for $(uname -m)" ;;
esac
for tool in sha256sum tar gzip install sed; do
    command -v "$tool" >/dev/null || die "there is no $tool here" 'install it'
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# get NAME : into the work folder
get() {
    case $from in
    https://*)
        if command -v curl >/dev/null; then
            curl -fsSL --proto '=https' -o "$work/$1" "${from%/}/$1"
        elif command -v wget >/dev/null; then
            wget -q --https-only -O "$work/$1" "${from%/}/$1"
        else
            die 'there is neither curl nor wget here' 'fetch the files yourself, and give their folder with --from'
        fi || die "${from%/}/$1 cannot be fetched"
        ;;
    *://*) die "only https addresses and folders: $from" ;;
    *) cp "${from%/}/$1" "$work/$1" 2>/dev/null || die "there is no ${from%/}/$1" 'say with --from where the release is' ;;
    esac
}

if [ -n "$sums" ]; then cp "$sums" "$work/SHA256SUMS"; else get SHA256SUMS; fi
# One archive, by its exact name: the version is all that may differ.
names=$(sed -n "s/^[0-9a-f]\{64\} [ *]\(failover_${version:-[0-9][0-9A-Za-z.+~-]*}_linux-$arch\.tar\.gz\)\$/\1/p" "$work/SHA256SUMS")
case $names in
'') die "SHA256SUMS names no archive${version:+ of version $version} for $arch" ;;
*'
'*) die "SHA256SUMS names several archives: $(echo "$names" | tr '\n' ' ')" 'choose with --version' ;;
esac
get "$names"
(cd "$work" && grep -F " $names" SHA256SUMS | tr '*' ' ' >expected && sha256sum -c expected >/dev/null 2>&1) ||
    die "the checksum of $names is not the one in SHA256SUMS: nothing was installed" 'fetch it again; if it stays so, somebody has changed it'

mkdir "$work/release"
tar -C "$work/release" -xzf "$work/$names" --strip-components=1
# The unit names the program by its whole path.
sed -i "s|/usr/bin/failover-agent|$prefix/bin/failover-agent|" "$work/release/lib/systemd/system/failover-agent.service" \
    "$work/release/share/doc/failover-agent/examples/validator-guard.conf"
(cd "$work/release" && find . -type f) | while read -r file; do
    file=${file#./}
    mode=644
    case $file in bin/*) mode=755 ;; esac
    mkdir -p "$prefix/$(dirname "$file")" || exit 1
    # Beside the old one first: a program that runs keeps its file, and nobody meets half of one.
    install -m "$mode" "$work/release/$file" "$prefix/$file.new" && mv -f "$prefix/$file.new" "$prefix/$file" || exit 1
done || die "not everything could be installed below $prefix" 'as root, or with --prefix to a folder of yours'

say "$("$prefix/bin/failover" --version | sed 's/^/failover /; s/+.*//') is installed in $prefix/bin, its checksum was right."
say "Where an agent runs: systemctl daemon-reload; then, at a moment without a handoff ($prefix/bin/failover-agent may-stop): systemctl restart failover-agent"
