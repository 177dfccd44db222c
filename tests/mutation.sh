#!/usr/bin/env bash
# Mutation testing with Stryker.NET: makes one small mistake after the other in the code that moves, seals and remembers an identity, and tells which of them no test notices.
#
#   tests/mutation.sh [FILE...]        for example: tests/mutation.sh Handoff/Permits.cs; without arguments every file that tests/Failover.Tests/stryker-config.json names
#
# FILE is below src/Failover.Core. All files take hours: it only uses what the machine has left. The report is tests/Failover.Tests/StrykerOutput/*/reports/mutation-report.html.
# It builds the debug configuration and leaves the last mistakes in it: build again before anything else is made of artifacts/bin/*/debug.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/Failover.Tests"

only=()
for file in "$@"; do
  if [ ! -f "../../src/Failover.Core/$file" ]; then
    printf '%s\n' "there is no src/Failover.Core/$file" >&2
    exit 2
  fi
  only+=(--mutate "**/$file")
done

dotnet tool restore >/dev/null
exec nice -n 19 dotnet stryker "${only[@]}"
