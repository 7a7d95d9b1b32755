#!/usr/bin/env bash
# Runs the Go tests with the race detector against both databases and, where
# tests ask for it, Chromium. Arguments go to go test; default: every package.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_race
scripts/npm.sh
CHROMIUM=$(scripts/chromium.sh) || exit 1
# A time zone other than UTC and the database's shows where one leaks in.
export CHROMIUM TZ=America/Chicago

[ $# -gt 0 ] || set -- ./...
scripts/with-postgres.sh go test -race -shuffle=on -parallel=8 -p=3 -timeout=15m "$@"
