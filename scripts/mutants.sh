#!/usr/bin/env bash
# Breaks one law at a time, each by a named patch in a temporary copy of the
# tree, and demands that chaos notices. A patch that goes unnoticed, does not
# apply or does not build fails the script.
#
# usage: scripts/mutants.sh [NAME...]
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ -z "${TEST_POSTGRES_URL:-}" ]; then # some laws are about several replicas
    exec scripts/with-postgres.sh "scripts/$(basename "${BASH_SOURCE[0]}")" "$@"
fi
need go "install Go $(sed -n 's/^go //p' go.mod) or newer"
here=cmd/threadline/chaos
root=$PWD
tmp=$(mktemp -d "${TMPDIR:-/tmp}/threadline-mutants.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# What every run has in common: small, on SQLite, and not patient.
export CHAOS_ENGINE=sqlite CHAOS_CONVERSATIONS=8 CHAOS_PATIENCE=25 CHAOS_KILLS=3 CHAOS_GAP_MS=400 CHAOS_AI=builtin CHAOS_SEED=${CHAOS_SEED:-11}

# What a red run keeps for a person is of no use here.
run_tmp=$tmp/kept
mkdir -p "$run_tmp"

# header prints what a patch says of itself.
header() { sed -n "s/^$2: //p;/^diff /q" "$here/mutants/$1.patch"; }

# play runs chaos with a binary and prints the checks that broke, one a line,
# each as "name: broken of compared".
play() {
    local binary=$1 run=$2 out=$3
    (cd "$here" && eval "export $run" && TMPDIR=$run_tmp CHAOS_BINARY=$binary "$tmp/chaos.test" -test.run TestChaos -test.timeout 10m) >"$out" 2>&1 || true
    sed -n 's/^\([^ ].*[^ ]\)  *\([0-9][0-9]*\)  *\([1-9][0-9]*\)$/\1: \3 of \2/p' "$out"
}

# verdict tells what became of a mutant, and keeps it for the end.
verdict() { printf '%-22s %-9s %s\n' "$@" | tee -a "$tmp/verdicts"; }

# judge builds one mutant and says whether chaos caught it.
judge() {
    local name=$1 tree=$tmp/$1 want caught try
    mkdir -p "$tree"
    source_files | tar -cf - -T - | tar -xf - -C "$tree"
    if ! (cd "$tree" && git apply -C1 "$root/$here/mutants/$name.patch" && go build -tags chaos -o "$tree/threadline" ./cmd/threadline) >"$tmp/$name.out" 2>&1; then
        verdict "$name" BROKEN "$(tail -1 "$tmp/$name.out")"
        return
    fi
    want=$(header "$name" Caught-by)
    for try in 0 1 2; do # the seed plans the acts, but the clock decides
        caught=$(CHAOS_SEED=$((CHAOS_SEED + try)) play "$tree/threadline" "$(header "$name" Run)" "$tmp/$name.out")
        if grep -qF "$want: " <<<"$caught"; then
            verdict "$name" caught "$(paste -sd';' <<<"$caught" | sed 's/;/, /g')"
            rm -rf "$tree"
            return
        fi
    done
    verdict "$name" SURVIVED "$(paste -sd';' <<<"${caught:-nothing broke}" | sed 's/;/, /g')"
    rm -rf "$tree"
}

names=("$@")
if [ ${#names[@]} = 0 ]; then
    for patch in "$here"/mutants/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi

# A patch that no longer applies is told before an hour has gone by.
for name in "${names[@]}"; do
    [ -f "$here/mutants/$name.patch" ] || die "there is no mutant $name in $here/mutants"
    git apply --check -C1 "$here/mutants/$name.patch" || die "$here/mutants/$name.patch does not apply any more: make it again"
done

go test -c -o "$tmp/chaos.test" "./$here"
go build -tags chaos -o "$tmp/sound" ./cmd/threadline
say "the program as it is"
broken=$(play "$tmp/sound" "CHAOS_PATIENCE=100" "$tmp/sound.out")
if [ -n "$broken" ] || ! grep -q '^PASS' "$tmp/sound.out"; then
    cat "$tmp/sound.out"
    die "chaos is red without any mutant, so it proves nothing"
fi
echo "green"

say "${#names[@]} mutants"
running=0
for name in "${names[@]}"; do
    judge "$name" &
    running=$((running + 1))
    if [ $running -ge "${JOBS:-2}" ]; then
        wait -n
        running=$((running - 1))
    fi
done
wait

if [ "$(grep -c '^[^ ]* *caught ' "$tmp/verdicts")" != ${#names[@]} ]; then die "a mutant was not caught: the proof has a hole there"; fi
echo "all ${#names[@]} mutants were caught in $SECONDS s"
