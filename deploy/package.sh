#!/usr/bin/env bash
# Builds what is installed on real machines, into artifacts/packages:
#
#   failover-agent_VERSION_ARCH.deb, failover_VERSION_ARCH.deb     for Debian and Ubuntu
#   failover_VERSION_linux-ARCH.tar.gz                             both programs for any Linux, with install.sh
#   install.sh, SHA256SUMS
#
#   deploy/package.sh [--arch amd64|arm64]... [--jit] [--quick] [--no-build]
#
#   --arch      both, unless given
#   --jit       no ahead-of-time compilation
#   --quick     for tests: --jit, for this machine's architecture only, and hardly compressed
#   --no-build  the Release build is up to date; manual pages and completion come from it
#
# Every program is one file that needs no .NET. For this machine's own architecture it is compiled ahead of time (21 and 15 MB, ready in
# 50 ms) where gcc or clang is there to link it. For the other one it brings the runtime along (100 MB, ready in 300 ms), which needs no
# cross-compiler and so can be built anywhere.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Who is named in the packages; an operator who builds them may put themselves there.
maintainer=${FAILOVER_MAINTAINER:-Failover authors <root@localhost>}

arches=() jit=no quick=no build=yes
while [ $# -gt 0 ]; do
  case $1 in
    --arch) case ${2:-} in amd64 | arm64) arches+=("$2") ;; *) die "--arch is amd64 or arm64" ;; esac; shift ;;
    --jit) jit=yes ;;
    --quick) quick=yes jit=yes ;;
    --no-build) build=no ;;
    *) die "unknown argument $1" 'see the head of this script' ;;
  esac
  shift
done

cd "$root"
for tool in dpkg-deb readelf gzip tar sha256sum; do
  command -v "$tool" >/dev/null || die "there is no $tool here" 'apt-get install dpkg binutils gzip tar coreutils'
done
need_sdk
case $(uname -m) in x86_64) own=amd64 ;; aarch64) own=arm64 ;; *) die "this machine is neither amd64 nor arm64, but $(uname -m)" ;; esac
if [ ${#arches[@]} = 0 ]; then
  if [ "$quick" = yes ]; then arches=("$own"); else arches=(amd64 arm64); fi
fi

log=$logs/packages.log
: >"$log"
out=$root/artifacts/packages
work=$out/work
mkdir -p "$out" "$work"
rm -f "$out"/*.deb "$out"/*.tar.gz "$out/SHA256SUMS" "$out/install.sh"

# The same source gives the same dates, whenever and wherever it is packed.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

step() {
  "$@" >>"$log" 2>&1 || { tail -n 30 "$log" >&2; die "failed: $*" "the whole output is in $log"; }
}

# name|project
programs='failover-agent|Failover.Agent
failover|Failover.Coordinator'

if [ "$build" = yes ]; then
  step dotnet build src/Failover.Agent -c Release -v quiet -nologo -clp:NoSummary -p:RestoreLockedMode=true
  step dotnet build src/Failover.Coordinator -c Release -v quiet -nologo -clp:NoSummary -p:RestoreLockedMode=true
fi
version=$(dotnet msbuild src/Failover.Agent -getProperty:Version)

# --- the programs

# What was restored for one platform has to be what the committed lock files say; besides it only the SDK's own compilers.
check_locks() {
  local lock committed extra
  for lock in "$1"/locks/*.json; do
    committed=src/$(basename "$lock" .json)/packages.lock.json
    extra=$(comm -23 <(sed -n 's/.*"contentHash": "\(.*\)".*/\1/p' "$lock" | sort -u) <(sed -n 's/.*"contentHash": "\(.*\)".*/\1/p' "$committed" | sort -u))
    while read -r hash; do
      [ -z "$hash" ] || grep -B 4 -F "$hash" "$lock" | grep -qE '"(runtime\..*)?Microsoft\.(DotNet\.ILCompiler|NET\.ILLink\.Tasks)"' ||
        die "$lock has a package that $committed has not (content hash $hash)" 'dotnet restore --force-evaluate, and look at the difference'
    done <<<"$extra"
  done
}

# publish NAME PROJECT ARCH : leaves the program at $work/ARCH/NAME and its libraries' names beside it
publish() {
  local name=$1 project=$2 arch=$3 rid kind folder start options
  start=$(now)
  rid=linux-${arch/amd64/x64}
  options=(-p:PublishSingleFile=true -p:SelfContained=true)
  kind='with its runtime'
  if [ "$jit" = no ] && [ "$arch" = "$own" ]; then
    if command -v clang >/dev/null; then
      options=(-p:Native=true)
    elif command -v gcc >/dev/null; then
      options=(-p:Native=true -p:CppCompilerAndLinker=gcc -p:LinkerFlavor=bfd)
    fi
    if [ "${options[0]}" = -p:Native=true ]; then kind='compiled ahead of time'; fi
  fi
  # A folder of its own for all that is built: a platform's build would spoil the usual one.
  folder=$work/build/$rid${options[0]/-p:*=true/-}${kind%% *}
  rm -rf "$work/publish"
  step dotnet publish "src/$project" -c Release -r "$rid" -v quiet -nologo -p:DebugType=none -p:StripSymbols=true -p:PublishDocumentationFiles=false \
    -p:ArtifactsPath="$folder" "${options[@]}" -o "$work/publish" </dev/null
  check_locks "$folder"
  mkdir -p "$work/$arch"
  mv "$work/publish/$name" "$work/$arch/$name"
  sed -n 's/^ *"\(.*\)\/\(.*\)": {$/\1 \2/p' "$(find "$folder/bin/$project" -name "$name.deps.json" | head -n 1)" | sort -u >"$work/$arch/$name.libraries"
  case $(readelf -h "$work/$arch/$name" | sed -n 's/ *Machine: *//p') in
    *X86-64*) [ "$arch" = amd64 ] ;;
    AArch64) [ "$arch" = arm64 ] ;;
    *) false ;;
  esac || die "$work/$arch/$name is not for $arch"
  say "$name for $arch: $kind, $(($(stat -c %s "$work/$arch/$name") / 1000000)) MB, in $(took "$start")"
}

# depends PROGRAM : the packages that its libraries come from. OpenSSL is loaded at run time, so it is not among them.
depends() {
  local library all=() glibc
  while read -r library; do
    case $library in
      libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | librt.so.* | ld-linux*) ;;
      libgcc_s.so.1) all+=(libgcc-s1) ;;
      libstdc++.so.6) all+=(libstdc++6) ;;
      libz.so.1) all+=(zlib1g) ;;
      *) die "$1 needs $library, whose package is not known here" 'add it to depends() in deploy/package.sh' ;;
    esac
  done < <(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  glibc=$(readelf -V "$1" | grep -o 'GLIBC_[0-9.]*' | cut -d_ -f2 | sort -uV | tail -n 1)
  printf '%s, ' "libc6 (>= $glibc)" "${all[@]}"
  printf 'libssl3t64 | libssl3'
}

# --- what lies around them

# notices LIBRARIES : whose work is compiled in, as the packages themselves say it
notices() {
  local id packages nuspec
  packages=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
  field() { sed -n "s|.*<$1[^>]*>\(.*\)</$1>.*|\1|p" "$nuspec" | head -n 1; }
  while read -r id number; do
    nuspec=${packages%/}/${id,,}/$number/${id,,}.nuspec
    if [ -e "$nuspec" ]; then
      printf '\nFiles: (compiled in) %s %s\nCopyright: %s\nLicense: %s\n' "$id" "$number" "$(field copyright | grep . || field authors)" "$(field license)"
    fi
  done <"$1"
}

# document FOLDER NAME ARCH : copyright, changelog, and what operators read
document() {
  local folder=$1/share/doc/$2
  mkdir -p "$folder"
  {
    printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Failover\n\nFiles: *\nCopyright: the authors of Failover\n'
    if [ -e LICENSE ]; then printf 'License: project\n'; sed 's/^$/./; s/^/ /' LICENSE; else printf 'License: none-stated\n The authors have not stated a licence.\n'; fi
    printf '\nFiles: (compiled in) .NET\nCopyright: .NET Foundation and Contributors\nLicense: MIT\nComment: the notices of what .NET itself contains are in dotnet-notices.gz\n'
    notices "$work/$3/$2.libraries"
    cat deploy/packages/licenses
  } >"$folder/copyright"
  local runtime
  runtime=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
  find "${runtime%/}" -maxdepth 3 -path "*/microsoft.netcore.app.runtime.*" -name THIRD-PARTY-NOTICES.TXT | sort -V | tail -n 1 | xargs cat | gzip -9n >"$folder/dotnet-notices.gz"
  printf '%s (%s) unstable; urgency=medium\n\n  * What changed is told by the history of the source.\n\n -- %s  %s\n' \
    "$2" "$version" "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$folder/changelog.gz"
}

# stage NAME ARCH FOLDER : everything of one program below a prefix
stage() {
  local name=$1 arch=$2 folder=$3 section=1 built
  built=artifacts/bin/$(sed -n "s/^$name|//p" <<<"$programs")/release/$name
  install -D -m 755 "$work/$arch/$name" "$folder/bin/$name"
  if [ "$name" = failover-agent ]; then section=8; fi
  mkdir -p "$folder/share/man/man$section" "$folder/share/bash-completion/completions" "$folder/share/zsh/vendor-completions" "$folder/share/fish/vendor_completions.d"
  "$built" manual | gzip -9n >"$folder/share/man/man$section/$name.$section.gz"
  "$built" completion bash >"$folder/share/bash-completion/completions/$name"
  "$built" completion zsh >"$folder/share/zsh/vendor-completions/_$name"
  "$built" completion fish >"$folder/share/fish/vendor_completions.d/$name.fish"
  document "$folder" "$name" "$arch"
  if [ "$name" = failover-agent ]; then
    install -D -m 644 deploy/config/agent.example.toml "$folder/share/doc/$name/examples/agent.toml"
    install -D -m 644 deploy/systemd/validator-guard.conf "$folder/share/doc/$name/examples/validator-guard.conf"
    install -D -m 644 deploy/systemd/failover-agent.service "$folder/lib/systemd/system/failover-agent.service"
  else
    install -D -m 644 deploy/config/coordinator.example.toml "$folder/share/doc/$name/examples/coordinator.toml"
    install -m 644 docs/*.md "$folder/share/doc/$name/"
  fi
}

even() {
  chmod -R a+rX,u+w,go-w "$1"
  find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# package NAME ARCH
package() {
  local name=$1 arch=$2 folder=$work/deb compression=(-Zxz) script
  rm -rf "$folder"
  mkdir -p "$folder/DEBIAN" "$folder/etc/failover"
  stage "$name" "$arch" "$folder/usr"
  mkdir -p "$folder/usr/share/lintian/overrides"
  cp "deploy/packages/$name/lintian-overrides" "$folder/usr/share/lintian/overrides/$name"
  for script in preinst postinst prerm postrm; do
    if [ -e "deploy/packages/$name/$script" ]; then
      sed -e '/^#MAY_STOP#$/ { r deploy/packages/failover-agent/may-stop.sh' -e 'd }' -e '/^#PURGE#$/ { r deploy/packages/purge.sh' -e 'd }' \
        "deploy/packages/$name/$script" >"$folder/DEBIAN/$script"
      chmod 755 "$folder/DEBIAN/$script"
    fi
  done
  (cd "$folder" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$folder/DEBIAN/md5sums"
  sed -e "s|@VERSION@|$version|; s|@ARCH@|$arch|; s|@MAINTAINER@|$maintainer|; s#@DEPENDS@#$(depends "$work/$arch/$name")#" \
    -e "s|@SIZE@|$(du -sk --apparent-size "$folder" | cut -f1)|" "deploy/packages/$name/control" >"$folder/DEBIAN/control"
  even "$folder"
  if [ "$quick" = yes ]; then compression=(-Zgzip -z1); fi
  step dpkg-deb --root-owner-group "${compression[@]}" -b "$folder" "$out/${name}_${version}_$arch.deb"
}

# archive ARCH
archive() {
  local arch=$1 folder=$work/tar/failover-$version level=9
  rm -rf "$work/tar"
  while IFS='|' read -r name _; do stage "$name" "$arch" "$folder"; done <<<"$programs"
  even "$work/tar"
  if [ "$quick" = yes ]; then level=1; fi
  tar -C "$work/tar" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -c "failover-$version" |
    gzip "-${level}n" >"$out/failover_${version}_linux-$arch.tar.gz"
}

start=$(now)
for arch in "${arches[@]}"; do
  while IFS='|' read -r name project; do publish "$name" "$project" "$arch"; done <<<"$programs"
  while IFS='|' read -r name _; do package "$name" "$arch"; done <<<"$programs"
  archive "$arch"
done
install -m 755 deploy/install.sh "$out/install.sh"
rm -rf "$work/deb" "$work/tar" "$work/publish"
(cd "$out" && sha256sum -- *.deb *.tar.gz install.sh >SHA256SUMS)
(cd "$out" && stat -c '%n %s' -- *.deb *.tar.gz | awk '{printf "%s: %.1f MB\n", $1, $2 / 1e6}')
say "packages of $version: done in $(took "$start")"
