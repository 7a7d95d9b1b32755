#!/usr/bin/env bash
# Plays hundreds of chats while everything goes wrong, on SQLite, on PostgreSQL
# and on three replicas, and compares both sides line by line. The variables
# CHAOS_… of cmd/threadline/chaos choose less or more.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need go "install Go $(sed -n 's/^go //p' go.mod) or newer"
export CHAOS_CONVERSATIONS=${CHAOS_CONVERSATIONS:-200} CHAOS_KILLS=${CHAOS_KILLS:-10}
one() { scripts/with-postgres.sh go test -count=1 -timeout=60m -run TestChaos -v ./cmd/threadline/chaos; }

if [ -n "${CHAOS_ENGINE:-}${CHAOS_REPLICAS:-}" ]; then
    one
    exit
fi
say "SQLite and PostgreSQL, one process each"
one
say "PostgreSQL, three replicas"
CHAOS_ENGINE=postgres CHAOS_REPLICAS=3 one
