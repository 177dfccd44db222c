#!/usr/bin/env bash
# Everything that has to hold before a change lands: the build without warnings, the format, the protos, and all tests.
#
#   ./test.sh [TEST PROJECT...]        for example ./test.sh Failover.Tests; without arguments all of them
#
# Needs the .NET 10 SDK, and root or sudo where something has to be installed: the tests with containers get the distribution's Docker
# engine unless there is one, and mmdebstrap, the protos' linter gets npm, the model of the handoff spin and gcc. Full logs are in artifacts/logs. The last
# line counts the tests; the exit code is not 0 when a test failed, a project ran no test, or any other step failed.
set -euo pipefail
# shellcheck source=deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/deploy/lib.sh"
cd "$root"

# A project that takes longer than this hangs.
project_limit=45m

begun=$(now)
failed_steps=()
current_pid=

# The label's value names this process and its start, so that nobody takes the containers of a run that is still going on.
export FAILOVER_TEST_RUN
FAILOVER_TEST_RUN=$$.$(cut -d' ' -f22 "/proc/$$/stat")

remove_run() {
  local ids
  ids=$(docker ps -aq --filter "label=failover.test=$1")
  # shellcheck disable=SC2086 # a list
  if [ -n "$ids" ]; then docker rm -f -v $ids; fi
  ids=$(docker network ls -q --filter "label=failover.test=$1")
  # shellcheck disable=SC2086
  if [ -n "$ids" ]; then docker network rm $ids; fi
  ids=$(docker volume ls -q --filter "label=failover.test=$1")
  # shellcheck disable=SC2086
  if [ -n "$ids" ]; then docker volume rm -f $ids; fi
}

# What a killed run has left behind.
remove_leaks() {
  local run pid
  {
    docker ps -a --filter label=failover.test --format '{{.Label "failover.test"}}'
    docker network ls --filter label=failover.test --format '{{.Label "failover.test"}}'
    docker volume ls --filter label=failover.test --format '{{.Label "failover.test"}}'
  } | sort -u | while read -r run; do
    pid=${run%%.*}
    if [ "$(cut -d' ' -f22 "/proc/$pid/stat" 2>/dev/null || true)" = "${run#*.}" ]; then continue; fi
    say "Removing what run $run left behind"
    remove_run "$run" >>"$logs/leaks.log" 2>&1 || true
  done
}

# shellcheck disable=SC2317 # called by the trap
finish() {
  local code=$?
  trap - EXIT INT TERM
  if [ -n "$current_pid" ] && kill -0 "$current_pid" 2>/dev/null; then kill -- "-$current_pid" 2>/dev/null || true; fi
  if [ -n "${engine_ready:-}" ]; then remove_run "$FAILOVER_TEST_RUN" >>"$logs/leaks.log" 2>&1 || true; fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# group COMMAND... : runs it in a process group of its own and waits, so that an interrupted run takes all of it along.
group() {
  setsid "$@" </dev/null &
  current_pid=$!
  local code=0
  wait "$current_pid" || code=$?
  current_pid=
  return "$code"
}

# step NAME REMEDY COMMAND... : quiet when it goes well. A failure is told at once and again at the end; the other steps still run.
step() {
  local name=$1 remedy=$2 start log
  shift 2
  log=$logs/$name.log
  start=$(now)
  if group "$@" >"$log" 2>&1; then
    say "$(printf '%-10s ok, %s' "$name" "$(took "$start")")"
    return 0
  fi
  say "$(printf '%-10s FAILED after %s, the end of artifacts/logs/%s.log:' "$name" "$(took "$start")" "$name")"
  tail -n 30 "$log" | sed 's/^/  | /'
  say "  what to do: $remedy"
  failed_steps+=("$name")
  return 1
}

give_up() {
  say ''
  say "Stopped after $(took "$begun"), no test was run. Failed: ${failed_steps[*]}"
  exit 1
}

# --- what there is to run

need_sdk
say ".NET SDK $(dotnet --version), $(nproc) cores"

# The quick ones first, then those that start processes, those with containers last.
mapfile -t files < <(for file in tests/*/*.csproj; do
  case $file in *ContainerTests*) rank=3 ;; *ProcessTests* | *SimulatorTests*) rank=2 ;; *) rank=1 ;; esac
  printf '%s %s\n' "$rank" "$file"
done | sort | cut -d' ' -f2)
projects=()
for file in "${files[@]}"; do
  if grep -q '<IsTestProject>true' "$file"; then
    name=$(basename "$file" .csproj)
    if [ $# = 0 ] || [[ " $* " == *" $name "* ]]; then projects+=("$file"); fi
  fi
done
if [ ${#projects[@]} = 0 ] || { [ $# -gt 0 ] && [ ${#projects[@]} != $# ]; }; then
  die "not every one of these is a test project: $*" "the projects are: $(grep -l '<IsTestProject>true' tests/*/*.csproj | xargs -n 1 basename -s .csproj | xargs)"
fi
containers=no
if [[ " ${projects[*]} " == *ContainerTests* ]]; then containers=yes; fi

# --- what it needs; first and in the foreground, since sudo may ask for a password

if [ "$containers" = yes ]; then
  if "$root/deploy/docker/ensure-engine.sh"; then
    engine_ready=yes
    : >"$logs/leaks.log"
    remove_leaks
    "$root/deploy/docker/build-debian.sh" || failed_steps+=('image for the packages')
  else
    failed_steps+=(engine)
  fi
fi
"$root/deploy/lint-protos.sh" --install || failed_steps+=('linter of the protos')
"$root/model/check.sh" --install || failed_steps+=('model checker')

# --- build and look

step restore 'a package or its lock file differs: dotnet restore --force-evaluate, look at the difference, commit it' \
  dotnet restore Failover.sln --locked-mode -v quiet || give_up
step build 'the compiler says where; warnings are errors' \
  dotnet build Failover.sln -c Release --no-restore -warnaserror -v quiet -nologo -clp:NoSummary || give_up
step format 'dotnet format Failover.sln, and commit what it changed' \
  dotnet format Failover.sln --verify-no-changes --no-restore || true

step protos 'correct the protos as the linter says; when the linter could not be fetched, a network is needed once' \
  "$root/deploy/lint-protos.sh" || true
step model 'either the model or the code it speaks of is wrong: model/check.sh --trail MUTATION shows what a mutation does, model/README.md the rest' \
  "$root/model/check.sh" || true

if [ -n "${engine_ready:-}" ]; then
  step images 'see the log; deploy/docker/build-images.sh --local-base builds them alone' \
    "$root/deploy/docker/build-images.sh" --local-base --no-build || true
  step packages 'see the log; deploy/package.sh --quick builds them alone' \
    "$root/deploy/package.sh" --quick --no-build || true
fi

# --- tests, one project after the other: they measure time, and two at once would disturb each other

# No image for the resource reaper can be pulled; this script removes what is left.
export TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_WAIT_STRATEGY_INTERVAL=00:00:00.100
# Where this file exists the library takes itself for a container, and looks for published ports at the bridge's gateway.
if [ -e /.dockerenv ]; then export TESTCONTAINERS_HOST_OVERRIDE=${TESTCONTAINERS_HOST_OVERRIDE:-127.0.0.1}; fi
# The library speaks API 1.44 by itself, which an older engine refuses.
if [ -n "${engine_ready:-}" ]; then
  api=$(docker version --format '{{.Server.APIVersion}}')
  if [ "$(printf '%s\n1.44\n' "$api" | sort -V | head -n 1)" != 1.44 ]; then export DOCKER_API_VERSION=$api; fi
fi
# With test.sh a missing engine is an error; a lone `dotnet test` skips what needs one.
export FAILOVER_REQUIRE_ENGINE=true

passed=0 failed=0 skipped=0
for file in "${projects[@]}"; do
  name=$(basename "$file" .csproj)
  log=$logs/$name.log
  start=$(now)
  code=0
  group timeout --kill-after=10 "$project_limit" \
    dotnet test --project "$file" -c Release --no-build --no-progress --no-ansi --results-directory "$logs/$name" >"$log" 2>&1 || code=$?
  read -r good bad left < <(awk '/^  (succeeded|failed|skipped):/ { count[$1] += $2 }
    END { print count["succeeded:"] + 0, count["failed:"] + 0, count["skipped:"] + 0 }' "$log")
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
  say "$(printf '%-24s passed %d, failed %d, skipped %d, in %s' "$name" "$good" "$bad" "$left" "$(took "$start")")"
  if [ "$code" = 124 ] || [ "$code" = 137 ]; then
    failed_steps+=("$name (ended after $project_limit)")
  elif [ $((good + bad)) = 0 ]; then
    failed_steps+=("$name (ran no test)")
  elif [ "$bad" != 0 ]; then
    failed_steps+=("$name ($bad failed)")
  elif [ "$code" != 0 ]; then
    failed_steps+=("$name (exit code $code)")
  fi
  if [ "$code" != 0 ]; then
    # The failures come as they happen, the summary at the end; what passes is not listed.
    head -n 200 "$log" | sed 's/^/  | /'
    if [ "$(wc -l <"$log")" -gt 200 ]; then say "  | ... the rest is in artifacts/logs/$name.log"; fi
  fi
done

# --- how it ended

result=0
say ''
if [ ${#failed_steps[@]} -gt 0 ]; then
  result=1
  say "Failed after $(took "$begun"); full logs are in artifacts/logs:"
  printf '  %s\n' "${failed_steps[@]}"
else
  say "All done in $(took "$begun")"
fi
line="$passed passed, $failed failed"
if [ "$skipped" -gt 0 ]; then say "$skipped not run: they are asked for (docs/what-is-proven.md)"; fi
say "$line"
exit "$result"
