#!/usr/bin/env bash
# Runs the Go tests whose names match a pattern, and fails where none does:
# go test alone would call that a success.
#
# usage: scripts/named.sh PATTERN PACKAGES...
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_race
pattern=$1
shift
go test -race -list "$pattern" "$@" | grep -q '^Test' || die "no test in $* matches $pattern: has it been renamed?"
scripts/unit.sh -v -run "$pattern" "$@"
