#!/usr/bin/env bash
# Checks everything that can be checked without running it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need go "install Go $(sed -n 's/^go //p' go.mod) or newer"
need git "install git"
failed=
# check runs one check and goes on after a failure, so that one run tells all.
check() {
    local what=$1
    shift
    say "$what"
    "$@" || { echo "FAIL $what" >&2; failed+=" $what;"; }
}

formatted() {
    local found
    found=$(source_files '*.go' | xargs -d '\n' gofmt -l) || return 1
    [ -z "$found" ] || { echo "$found"; echo "mend it with: gofmt -w ." >&2; return 1; }
}

# in_modules runs a go command in every module of the repository: the product's
# own, and the small ones that only build something.
in_modules() {
    local mod status=0
    while IFS= read -r mod; do
        go -C "$(dirname "$mod")" "$@" || {
            echo "in $mod: go $*" >&2
            status=1
        }
    done < <(source_files go.mod '*/go.mod')
    return $status
}

tidy() {
    in_modules mod tidy -diff || { echo "mend it with: go mod tidy" >&2; return 1; }
}

shell() {
    local script status=0
    while IFS= read -r script; do
        bash -n "$script" || status=1
    done < <(source_files 'scripts/*.sh' .ci/run)
    return $status
}

# A mutant whose lines have moved on proves nothing when it is wanted.
mutants() {
    local patch status=0
    for patch in cmd/threadline/chaos/mutants/*.patch; do
        git apply --check -C1 "$patch" || {
            echo "$patch does not apply any more: make it again" >&2
            status=1
        }
    done
    return $status
}

check gofmt formatted
check "go vet" in_modules vet ./...
check golangci-lint go tool -modfile=tools.mod golangci-lint run ./...
check "go mod tidy" tidy
check shell shell
check mutants mutants
check "commit messages" scripts/check-commits.sh

[ -z "$failed" ] || die "failed:$failed see above"
