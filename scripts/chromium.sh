#!/usr/bin/env bash
# Prints the path of a Chromium that browser tests can drive: $CHROMIUM if it
# is set, else one that is installed, else Debian's, which it installs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

find_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome; do
        if [ -n "$name" ] && command -v "$name"; then
            return
        fi
    done
    return 1
}

if [ -n "${CHROMIUM:-}" ] && ! command -v "$CHROMIUM" >/dev/null; then
    die "CHROMIUM=$CHROMIUM is not there: set it to a Chromium, or unset it to have one found"
fi
if ! find_chromium; then
    apt_install Chromium chromium
    find_chromium || die "Chromium was installed but is nowhere: set CHROMIUM to its path"
fi
