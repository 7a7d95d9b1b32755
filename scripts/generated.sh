#!/usr/bin/env bash
# Proves that the built widget is what its sources say: it is built anew and
# must come out as it was. Generated documents are proved by the Go tests.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/npm.sh
fingerprint() { source_files web-widget/dist | xargs -d '\n' sha256sum; }

before=$(fingerprint)
(cd web-widget && npm run --silent check) || die "TypeScript finds errors in web-widget/src: see above"
(cd web-widget && npm run --silent build) || die "the widget does not build: see above"
if ! diff <(echo "$before") <(fingerprint); then
    die "generated files were stale and have been made anew: look at 'git diff' and commit them"
fi
