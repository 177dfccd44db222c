#!/usr/bin/env bash
# The demo: a cluster, two validators and their agents as processes on this machine; a dry run, then a handoff there and back.
#
#   ./demo.sh [ARGUMENTS OF failover-lab demo]
#
# Needs the .NET 10 SDK and nothing else: no Docker, no root. The build output is in artifacts/logs/demo-build.log.
set -euo pipefail
# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/deploy/lib.sh"

need_sdk
start=$(now)
say 'Building (the first time: about half a minute, and the packages are fetched)'
# failover-lab brings the programs that it runs along, no test project. Without the analyzers, which test.sh runs, it takes half the time.
# Locked: the packages are the reviewed ones, or there is an error.
if ! dotnet build "$root/tests/Failover.Lab" -c Release -v quiet -nologo -clp:NoSummary -p:RunAnalyzers=false -p:RestoreLockedMode=true >"$logs/demo-build.log" 2>&1; then
  grep -E 'error|warning' "$logs/demo-build.log" | sort -u | head -n 20 >&2 || true
  die 'the build failed' "the whole output is in artifacts/logs/demo-build.log"
fi
say "Built in $(took "$start")"
exec "$root/artifacts/bin/Failover.Lab/release/failover-lab" demo "$@"
