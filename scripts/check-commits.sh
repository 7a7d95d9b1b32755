#!/usr/bin/env bash
# Checks the subjects of all commits reachable from HEAD: "package: verb the
# thing", at most 72 characters, lower case after the colon, no full stop.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

git rev-parse --verify -q HEAD >/dev/null || exit 0
form='^[a-z0-9.][a-z0-9./_-]*(, [a-z0-9.][a-z0-9./_-]*)*: [^A-Z[:space:]].*[^.]$'
status=0
while IFS=$'\t' read -r hash subject; do
    if [ ${#subject} -gt 72 ]; then
        echo "$hash: ${#subject} characters, at most 72: $subject"
        status=1
    elif ! [[ $subject =~ $form ]]; then
        echo "$hash: not of the form 'package: verb the thing': $subject"
        status=1
    fi
done < <(git log --no-merges --format='%h%x09%s')
exit $status
