#!/usr/bin/env bash
# Builds the base image failover/base:local from what this machine has, for where no image registry can be reached.
#
#   deploy/docker/build-base.sh [--force]
#
# It stands in for the public aspnet image: the C libraries and a few tools from the distribution's own .deb files, unpacked side by side
# (nothing is installed, no root is needed), and the .NET runtime that came with the SDK. Skipped when the image is there and was built by
# this script from the same runtime; --force builds it anew, with the distribution's latest packages.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tag=failover/base:local
log=$logs/base.log
: >"$log"
need_sdk
runtime=$(dotnet --list-runtimes | sed -n 's/^Microsoft\.AspNetCore\.App \(10\.[^ ]*\) .*/\1/p' | tail -n 1)
[ -n "$runtime" ] || die 'the SDK brings no ASP.NET Core 10 runtime' 'install aspnetcore-runtime-10.0'

inputs=$({ cat "${BASH_SOURCE[0]}" /etc/os-release; dotnet --list-runtimes; } | sha256sum | cut -c1-16)
if [ "${1:-}" != --force ] && [ "$(docker image inspect -f '{{index .Config.Labels "failover.inputs"}}' "$tag" 2>/dev/null)" = "$inputs" ]; then
  say "$tag: unchanged"
  exit 0
fi

start=$(now)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt-get drops to its own user for downloads, who has to get in.
chmod 755 "$work"
mkdir -p "$work/deb" "$work/root"
if [ "$(id -u)" = 0 ] && id _apt >/dev/null 2>&1; then chown _apt "$work/deb"; fi
image=$work/root

# add PACKAGE... : unpacks them into the image. Folders that are links stay links, since releases differ in whether /lib is one.
add() {
  rm -f "$work"/deb/*.deb
  (cd "$work/deb" && apt-get download -qq "$@") >>"$log" 2>&1 || {
    tail -n 10 "$log" >&2
    die "these packages could not be downloaded: $*" 'the lines above are from apt-get; apt-get update may help'
  }
  local deb
  for deb in "$work"/deb/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -C "$image" -x --keep-directory-symlink --no-same-owner; done
}

mkdir -p "$image"/usr/{bin,sbin,lib,lib64,local/bin}
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$image/$folder"; done

refresh_packages 'pull the public base image instead' >>"$log" 2>&1 || die 'the package lists could not be fetched' "$log tells more"
tls=$(first_package libssl3t64 libssl3) || exit 1
add libc6 libgcc-s1 libstdc++6 zlib1g base-files netbase busybox-static iptables "$tls"

# The runtime, without what only the SDK needs.
share=$image/usr/share/dotnet
mkdir -p "$share"/{host/fxr,shared/Microsoft.NETCore.App,shared/Microsoft.AspNetCore.App}
cp -L "$DOTNET_ROOT/dotnet" "$share/"
cp -a "$DOTNET_ROOT/host/fxr/$(dotnet --list-runtimes | sed -n 's/^Microsoft\.NETCore\.App \(10\.[^ ]*\) .*/\1/p' | tail -n 1)" "$share/host/fxr/"
cp -a "$DOTNET_ROOT/shared/Microsoft.NETCore.App/$(basename "$(ls -d "$share"/host/fxr/*)")" "$share/shared/Microsoft.NETCore.App/"
cp -a "$DOTNET_ROOT/shared/Microsoft.AspNetCore.App/$runtime" "$share/shared/Microsoft.AspNetCore.App/"

# A distribution's own build of .NET, and the tools, link to more libraries than named above: take those that they resolve to here.
libraries() {
  { find "$share" -name '*.so'; printf '%s\n' "$share/dotnet" "$image/usr/sbin/xtables-nft-multi"; } |
    xargs -r ldd 2>/dev/null | sed -n 's|.* => \(/[^ ]*\) (.*|\1|p' | sort -u
}
missing=()
while read -r library; do
  name=$(basename "$library")
  if [ -z "$(find "$image/usr/lib" "$share" -name "$name" -print -quit)" ]; then
    owner=$(dpkg -S "*/$name" 2>/dev/null | sed -n '1s/[:,].*//p')
    if [ -n "$owner" ]; then missing+=("$owner"); fi
  fi
done < <(libraries)
if [ ${#missing[@]} -gt 0 ]; then
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  add "${missing[@]}"
fi

# What the packages' install scripts would have done.
for name in iptables ip6tables iptables-save iptables-restore; do ln -sf xtables-nft-multi "$image/usr/sbin/$name"; done
ln -s /usr/share/dotnet/dotnet "$image/usr/bin/dotnet"
mkdir -p "$image"/{tmp,proc,sys,dev,root,run,etc/ssl/certs,var/lib}
chmod 1777 "$image/tmp"
if [ -r /etc/ssl/certs/ca-certificates.crt ]; then cp -L /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"; fi
printf 'root:x:0:0:root:/root:/bin/sh\nfailover:x:1000:1000::/var/lib/failover:/bin/sh\n' >"$image/etc/passwd"
printf 'root:x:0:\nfailover:x:1000:\n' >"$image/etc/group"
printf 'hosts: files dns\n' >"$image/etc/nsswitch.conf"
for name in $("$image/usr/bin/busybox" --list); do
  if ! [ -e "$image/usr/bin/$name" ] && ! [ -e "$image/usr/sbin/$name" ]; then ln -s busybox "$image/usr/bin/$name"; fi
done
rm -rf "$image"/usr/share/{doc,man,locale,lintian,info,bug}

chmod 755 "$image"
tar -C "$image" --owner=0 --group=0 --numeric-owner -c . |
  docker import --change "LABEL failover.inputs=$inputs" \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DOTNET_RUNNING_IN_CONTAINER=true DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true' \
    --change 'CMD ["/bin/sh"]' - "$tag" >>"$log"
size=$(docker image inspect -f '{{.Size}}' "$tag")
say "$tag: $((size / 1000000)) MB with .NET $runtime, built in $(took "$start")"
