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
echo
echo "make test: all suites passed in $SECONDS s"
