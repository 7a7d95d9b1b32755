#!/usr/bin/env bash
# Runs the Go tests with the race detector against both databases and, where
# tests ask for it, Chromium. Arguments go to go test; default: every package.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_race
scripts/npm.sh
CHROMIUM=$(scripts/chromium.sh) || exit 1
# A time zone other than UTC and the database's shows where one leaks in.
export CHROMIUM TZ=America/Chicago

if [ $# -gt 0 ]; then
    scripts/with-postgres.sh go test -race -shuffle=on -timeout=25m "$@"
    exit
fi

# Slack gives an acknowledgement and a form's trigger three real seconds, so the
# tests that play Slack have the processors to themselves. The tests of the whole
# program mostly wait, for leases and look-ups, so they overlap. Chaos, in its
# short form, runs the binary as it is built for users: the race detector would
# only slow the people whom it plays.
mapfile -t whole < <(go list ./cmd/... | grep -v '/chaos$')
mapfile -t parts < <(go list ./... | grep -v -e '^threadline/cmd/' -e '/slackapp$')
exec scripts/with-postgres.sh bash -c '
    n=$1; shift
    go test -race -shuffle=on -timeout=25m "${@:1:n}" &&
    go test -race -shuffle=on -timeout=25m threadline/slackapp &&
    go test -race -shuffle=on -timeout=25m -parallel=6 -p=2 "${@:n+1}" &&
    go test -count=1 -timeout=25m threadline/cmd/threadline/chaos
' unit "${#parts[@]}" "${parts[@]}" "${whole[@]}"
