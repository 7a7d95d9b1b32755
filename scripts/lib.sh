# Sourced by the other scripts: where the repository is, and how they speak.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# say prints a heading above what a step prints.
say() { printf '\n== %s\n' "$*"; }

# die ends the script with one sentence that says how to mend it.
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# need ends the script unless the command is there.
need() { command -v "$1" >/dev/null 2>&1 || die "$1 is missing: $2"; }

# apt_install installs Debian packages where that is possible without asking.
apt_install() {
    local what=$1
    shift
    command -v apt-get >/dev/null 2>&1 || die "$what is missing: install it with your package manager"
    [ "$(id -u)" = 0 ] || die "$what is missing: run 'sudo apt-get install $*' and start again"
    echo "installing $* (Debian packages)" >&2
    local log
    log=$(mktemp)
    {
        apt-get update -qq || true # an old list may still hold the packages
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    } >"$log" 2>&1 </dev/null || { cat "$log" >&2; die "$what is missing and 'apt-get install $*' failed: see above"; }
    rm -f "$log"
}

# source_files prints the files that are the project's own, tracked or about to
# be, one a line, narrowed by patterns as git understands them.
source_files() {
    git ls-files --cached --others --exclude-standard --deduplicate -- "$@" |
        while IFS= read -r file; do
            if [ -e "$file" ]; then printf '%s\n' "$file"; fi
        done
}

# need_race makes sure of a C compiler, without which there is no race detector.
need_race() {
    need go "install Go $(sed -n 's/^go //p' go.mod) or newer"
    command -v "${CC:-gcc}" >/dev/null 2>&1 || apt_install "a C compiler, which the race detector needs," gcc libc6-dev
    export CGO_ENABLED=1
}
