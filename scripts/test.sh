#!/usr/bin/env bash
# Runs everything; the first step that fails ends it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

step() {
    local began=$SECONDS
    say "$1"
    shift
    "$@"
    echo "-- $((SECONDS - began)) s"
}

step "npm packages" scripts/npm.sh
step "lint" scripts/lint.sh
step "generated files and types" scripts/generated.sh
step "go test" scripts/unit.sh
# Under the race detector this one runs in a short form only.
step "pacing on a simulated clock" go test -count=1 -v -run '^TestPacing$' ./slackapp
echo
echo "make test: all suites passed in $SECONDS s"
