#!/usr/bin/env bash
# Builds the container images failover/failover-agent, failover/failover, failover/fake-cluster and failover/failover-testnode, all tagged :local.
#
#   deploy/docker/build-images.sh [--local-base] [--no-build] [--native] [--force]
#
#   --local-base  on failover/base:local, made of this machine's packages and runtime (build-base.sh), without asking any image registry;
#                 also what happens by itself when the public base image is neither here nor to be had
#   --no-build    the Release build is up to date: only publish it
#   --native      the agent compiled ahead of time, as for a real machine: needs gcc or clang here, and a minute
#   --force       even when nothing has changed since the images were built
#
# BASE_IMAGE in the environment chooses another base. The programs are published on this machine and copied in, framework-dependent: the
# images share one runtime layer, and a change of the code rebuilds a few megabytes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

public_base=mcr.microsoft.com/dotnet/aspnet:10.0
local_base=no build=yes force=no native=false
for argument in "$@"; do
  case $argument in
    --local-base) local_base=yes ;;
    --no-build) build=no ;;
    --native) native=true ;;
    --force) force=yes ;;
    *) die "unknown argument $argument" 'see the head of this script' ;;
  esac
done

log=$logs/images.log
: >"$log"
cd "$root"
start=$(now)
docker version >/dev/null 2>&1 || die 'no Docker engine answers' 'run deploy/docker/ensure-engine.sh first'
need_sdk

have() { docker image inspect "$1" >/dev/null 2>&1; }

# Asked before a pull, which may hang for minutes where packets just vanish.
# shellcheck disable=SC2016 # for the inner shell
reachable() { timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/443"' probe "${1%%/*}" 2>/dev/null; }

if [ "$local_base" = yes ]; then
  base=failover/base:local
else
  base=${BASE_IMAGE:-$public_base}
  if ! have "$base"; then
    if reachable "$base" && timeout 300 docker pull -q "$base" >>"$log" 2>&1; then
      say "$base: pulled"
    elif [ -n "${BASE_IMAGE:-}" ]; then
      die "the base image $base is neither here nor can it be pulled" "see $log, or run with --local-base"
    else
      say "$base cannot be pulled here: building a base of this machine's own packages"
      base=failover/base:local
    fi
  fi
fi
if [ "$base" = failover/base:local ]; then "$root/deploy/docker/build-base.sh"; fi
base_id=$(docker image inspect -f '{{.Id}}' "$base")

# name|project|folder in the build context
programs='failover-agent|src/Failover.Agent|failover-agent/app
failover|src/Failover.Coordinator|failover/app
fake-cluster|tests/FakeCluster|fake-cluster/app
fake-validator|tests/FakeValidator|failover-testnode/fake-validator
fault-proxy|tests/FaultProxy|failover-testnode/fault-proxy'
images=(failover-agent failover fake-cluster failover-testnode)

inputs=$({
  printf '%s\n' "$base_id"
  dotnet --version
  printf '%s\n' "$native"
  find src protos tests/FakeCluster tests/FakeValidator tests/FakeWire tests/FaultProxy tests/Directory.Build.props deploy/docker deploy/images.slnf \
    Directory.Build.props Directory.Packages.props global.json .dockerignore -type f \
    -not -path '*/bin/*' -not -path '*/obj/*' -print0 | sort -z | xargs -0 sha256sum
} | sha256sum | cut -c1-16)
current=yes
for image in "${images[@]}"; do
  if [ "$(docker image inspect -f '{{index .Config.Labels "failover.inputs"}}' "failover/$image:local" 2>/dev/null)" != "$inputs" ]; then current=no; fi
done
if [ "$current" = yes ] && [ "$force" = no ]; then
  say "images: unchanged, checked in $(took "$start")"
  exit 0
fi

step() {
  "$@" >>"$log" 2>&1 || { tail -n 30 "$log" >&2; die "failed: $*" "the whole output is in $log"; }
}

if [ "$build" = yes ]; then
  step dotnet build deploy/images.slnf -c Release -v quiet -nologo -clp:NoSummary -p:RestoreLockedMode=true
fi
while IFS='|' read -r _ project folder; do
  rm -rf "artifacts/images/$folder"
  step dotnet publish "$project" -c Release --no-build -v quiet -nologo -p:PublishDocumentationFiles=false \
    -o "artifacts/images/$folder" </dev/null
done <<<"$programs"
if [ "$native" = true ]; then
  linker=()
  if ! command -v clang >/dev/null; then linker=(-p:CppCompilerAndLinker=gcc -p:LinkerFlavor=bfd); fi
  rm -rf artifacts/images/failover-agent/app
  step dotnet publish src/Failover.Agent -c Release -v quiet -nologo -p:Native=true "${linker[@]}" -o artifacts/images/failover-agent/app </dev/null
  # Larger than the program, and of no use without a debugger.
  rm -f artifacts/images/failover-agent/app/*.dbg
fi
rm -rf artifacts/images/failover-testnode/failover-agent
# An image keeps the modes: they must not depend on who built it under which umask.
chmod -R a+rX,go-w artifacts/images
cp -a artifacts/images/failover-agent/app artifacts/images/failover-testnode/failover-agent
say "programs: published in $(took "$start")"

# Without the buildx plugin the command insists on the classic builder being asked for.
if ! docker buildx version >/dev/null 2>&1; then export DOCKER_BUILDKIT=0; fi
for image in "${images[@]}"; do
  began=$(now)
  step docker build --build-arg "BASE_IMAGE=$base" --label "failover.inputs=$inputs" -f "deploy/docker/$image.Dockerfile" -t "failover/$image:local" .
  say "failover/$image:local: $(($(docker image inspect -f '{{.Size}}' "failover/$image:local") / 1000000)) MB, built in $(took "$began")"
done
say "images: done in $(took "$start")"
