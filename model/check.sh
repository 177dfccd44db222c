#!/usr/bin/env bash
# Checks the model of the handoff with SPIN, exhaustively; then that the check notices each mistake that the model can be given.
#
#   model/check.sh                     everything; the last line sums it up, the exit code is not 0 unless all is as it should be
#   model/check.sh --trail MUTATION    the shortest way to what goes wrong, line by line: NODE: what happens there
#   model/check.sh --install           only fetches what is missing
#
# Needs spin and gcc, which are installed if they are missing (root or sudo). Uses one core and up to 4 GB of memory.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../deploy/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../deploy/lib.sh"

model=$root/model/handoff.pml
work=$root/artifacts/model

# What is checked, as SPIN's flags. All of it at once would take several minutes.
searches=(
  '2 handoffs, 2 losses|-DHANDOFFS=2 -DCRASHES=2 -DHANDS=0'
  '2 handoffs, 1 loss, S once by hand|-DHANDOFFS=2 -DCRASHES=1 -DHANDS=1'
)
# That it ends: with CALM, and any circle in the calm is an error as well.
ending='1 handoff, 1 loss, then calm|-DCALM -DHANDOFFS=1 -DCRASHES=1 -DHANDS=0 -DNEVER_A_PERSON'
mutated=(-DHANDOFFS=2 -DCRASHES=1 -DHANDS=1)

# The mistakes that must be noticed.
mutations=(
  'MUT_RELINK_LAST|the source relinks after set-identity instead of first'
  'MUT_NO_VOTER_FENCE|the source takes U without the voter fence'
  'MUT_NO_SEALING|the record is sent before the queued vote is stored'
  'MUT_RECLAIM_ON_SILENCE|after the hand-over, silence is taken for a no'
  'MUT_RECLAIM_WITHOUT_ASKING|before the hand-over, S is taken back without asking the target'
  'MUT_NO_TOKEN_CHECK|a node takes an order whose fencing token it has seen'
  'MUT_PERMIT_WITHOUT_NONCE|any outstanding permit is good for any hand-over'
  'MUT_NOT_IDEMPOTENT|a hand-over is carried out although its order has been answered'
  'MUT_REFUSAL_SENT_BEFORE_IT_IS_WRITTEN|a refusal is sent before it is written down'
  'MUT_OLDER_RECORD_OVERWRITES|an older record may replace a newer one'
  'MUT_NEWER_RECORD_LEFT_BEHIND|a refusal does not take the newer record along'
  'MUT_PREFLIGHT_IGNORES_CHAIN|a source is prepared although its record lacks votes'
  'MUT_NO_DISTRUST_AFTER_POWER_LOSS|a record is trusted after a loss of power'
  'MUT_JOURNAL_NOT_SYNCED|a loss of power takes the last line of the journal'
  'MUT_VOTERS_BEFORE_ADOPTION|voters go back before the loop has adopted U'
  'MUT_OWING_TARGET_IS_PROMOTED|a node whose loop may not have left S yet is promoted'
  'MUT_TARGET_RELINKS_FIRST|the target relinks to S before its validator has S'
  'MUT_NO_LOOKS|an interrupted promotion is refused at the first look'
)

# What goes wrong where the model assumes better than what is there. README.md speaks of each.
holes=(
  'HOLE_REFUSED_RECORD_NOT_SYNCED|the target does not sync its record before it refuses'
  'HOLE_SILENT_AFTER_HAND|S by hand, in the middle of a handoff, on a target that the source cannot reach'
  'HOLE_CRASH_WHILE_S_IS_GIVEN_BY_HAND|a loss between set-identity by hand and its being written down'
)

need_spin() {
  if command -v spin >/dev/null && command -v gcc >/dev/null; then return 0; fi
  local log=$logs/spin-install.log start
  start=$(now)
  : >"$log"
  refresh_packages 'install spin and gcc' >>"$log" 2>&1 || { cat "$log" >&2; die 'the package lists could not be fetched' 'install spin and gcc yourself, then try again'; }
  install_packages "$log" spin gcc libc6-dev || { tail -n 20 "$log" >&2; die 'spin could not be installed' 'the lines above are from apt-get; install spin and gcc yourself, then try again'; }
  say "spin: installed in $(took "$start")"
}

# build NAME SPEED FLAG... : a verifier in the folder of that name.
build() {
  local folder=$work/$1 speed=$2
  shift 2
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$model" "$folder"
  (cd "$folder" && spin "$@" -a handoff.pml >build.log 2>&1 &&
    gcc "$speed" -w "-D${kind:-SAFETY}" -DNOREDUCE -DCOLLAPSE -DMEMLIM=5500 ${search:+-D$search} -o pan pan.c >>build.log 2>&1) ||
    { tail -n 20 "$folder/build.log" >&2; die "the model with $* does not build" "the lines above are from spin or gcc"; }
}

# search_in NAME HASH : leaves what pan says in pan.log; fails when the search is not a whole one.
search_in() {
  (cd "$work/$1" && ./pan -E ${kind:+-l} -m10000 "-w$2" >pan.log 2>&1) || true
  if ! grep -q 'errors: ' "$work/$1/pan.log" || grep -q 'max search depth too small\|reached -DMEMLIM' "$work/$1/pan.log"; then
    tail -n 20 "$work/$1/pan.log" >&2
    die "the search in artifacts/model/$1 did not come to its end" 'the lines above are from pan'
  fi
}

# figure NAME EXPRESSION : a number out of pan.log.
figure() { sed -n "s/$2/\\1/p" "$work/$1/pan.log" | head -n 1; }

states() { figure "$1" '^ *\([0-9.e+]*\) states, stored.*' | awk '{ printf "%d", $1 }'; }

errors() { figure "$1" '.*errors: \([0-9]*\).*'; }

# Which invariant was broken; empty when something else ended the search.
broken() {
  case $(grep -m 1 '^pan:1: assertion violated' "$work/$1/pan.log" || true) in
    *'record[(1+_pid)]>=record[0]'*) say 'invariant 2' ;;
    *'!((((runs[0]&&(loop[0]==1))&&voters[0])&&((runs[1]'*) say 'invariant 1' ;;
    *'link[0]=='* | *'link[1]=='*) say 'invariant 3' ;;
  esac
}

trail() {
  search=BFS build trail -O1 "${mutated[@]}" "-D$1"
  search_in trail 25
  if [ "$(errors trail)" = 0 ]; then die "nothing goes wrong with $1" "the mutations are: $(printf '%s\n' "${mutations[@]}" "${holes[@]}" | cut -d'|' -f1 | xargs)"; fi
  (cd "$work/trail" && spin -t -DTRAIL "${mutated[@]}" "-D$1" handoff.pml) | sed -n 's/^ *\([01]: .*\)/\1/p' | uniq
  say "$(broken trail) is broken, $(figure trail '.*(at depth \([0-9]*\)).*') steps from the start"
}

# demand_error WHAT NAME|TEXT
demand_error() {
  local name=${2%%|*} which
  build "$name" -O0 "${mutated[@]}" "-D$name"
  search_in "$name" 22
  which=$(broken "$name")
  if [ -z "$which" ]; then
    fail "$1 $name (${2#*|}) is not noticed, or stops the search otherwise" "see artifacts/model/$name/pan.log"
    return 1
  fi
  say "$(printf '  %-38s %s, depth %d, %d states: %s' "$name" "$which" "$(figure "$name" '.*(at depth \([0-9]*\)).*')" "$(states "$name")" "${2#*|}")"
  rm -f "$work/$name/pan"
}

need_spin
case ${1:-} in
  --install) exit 0 ;;
  --trail)
    [ $# = 2 ] || die 'which mutation?' "model/check.sh --trail MUTATION"
    trail "$2"
    exit 0
    ;;
  '') ;;
  *) die "unknown argument $1" "$(sed -n 's/^# \{3\}//p' "${BASH_SOURCE[0]}")" ;;
esac

begun=$(now)
total=0
for one in "${searches[@]}"; do
  start=$(now)
  read -ra flags <<<"${one#*|}"
  build real -O2 "${flags[@]}"
  search_in real 26
  if [ "$(errors real)" != 0 ]; then
    die "the model breaks $(broken real) with ${one%%|*}" "cd artifacts/model/real; spin -t -DTRAIL ${one#*|} handoff.pml"
  fi
  if grep -A1000 'unreached in proctype Node' "$work/real/pan.log" | grep -q 'state .*D_STEP'; then
    say "  with ${one%%|*}, steps that are never taken:"
    grep 'state .*D_STEP' "$work/real/pan.log"
  fi
  say "$(printf '%-38s %d states, depth %d, %s, %d MB: nothing breaks an invariant' "${one%%|*}" "$(states real)" \
    "$(figure real '.*depth reached \([0-9]*\).*')" "$(took "$start")" "$(figure real '^ *\([0-9]*\)[0-9.]*[[:space:]]*total actual memory usage.*')")"
  total=$((total + $(states real)))
done

start=$(now)
read -ra flags <<<"${ending#*|}"
kind=NP build real -O2 "${flags[@]}"
kind=NP search_in real 24
if [ "$(errors real)" != 0 ]; then
  die "with ${ending%%|*}, it does not end: $(head -n 1 "$work/real/pan.log")" "cd artifacts/model/real; spin -t -DTRAIL ${ending#*|} handoff.pml"
fi
say "$(printf '%-38s %d states, depth %d, %s: each handoff ends' "${ending%%|*}" "$(states real)" "$(figure real '.*depth reached \([0-9]*\).*')" "$(took "$start")")"
kind=NP build real -O0 "${flags[@]}" -DMUT_SOURCE_GIVES_UP
kind=NP search_in real 22
[ "$(errors real)" != 0 ] || die 'a source that stops asking is not noticed' 'the search for endings looks at nothing'
rm -f "$work/real/pan"

caught=0 open=0
say 'mutations, each of which must break an invariant:'
for one in "${mutations[@]}"; do if demand_error mutation "$one"; then caught=$((caught + 1)); fi; done
say 'what the model takes for granted, and what happens without it:'
for one in "${holes[@]}"; do if demand_error hole "$one"; then open=$((open + 1)); fi; done

say "$(printf 'model: %d states, all invariants hold; %d of %d mutations caught; %d of %d assumptions needed; %s' \
  "$total" "$caught" ${#mutations[@]} "$open" ${#holes[@]} "$(took "$begun")")"
[ "$caught" = ${#mutations[@]} ] && [ "$open" = ${#holes[@]} ]
