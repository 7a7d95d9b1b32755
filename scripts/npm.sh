#!/usr/bin/env bash
# Installs the npm packages of every folder that locks some, exactly as locked.
# A folder whose installed packages are newer than its lock file is left alone.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need node "install Node 20 or newer"
need npm "install npm, which comes with Node"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || die "Node $(node -v) is too old: install Node 20 or newer"

source_files package-lock.json '*/package-lock.json' | while IFS= read -r lock; do
    folder=$(dirname "$lock")
    if [ "$folder/node_modules/.package-lock.json" -nt "$lock" ]; then
        continue
    fi
    echo "npm ci in $folder"
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error </dev/null) ||
        die "'npm ci' failed in $folder: see above"
done
