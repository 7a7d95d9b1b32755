#!/usr/bin/env bash
# Runs a command with TEST_POSTGRES_URL set. Where the variable names a server
# already, that one is used; otherwise a throw-away cluster is made, started on
# a free loopback port and removed when the command ends.
#
# usage: scripts/with-postgres.sh COMMAND [ARGUMENT...]
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ -n "${TEST_POSTGRES_URL:-}" ]; then
    exec "$@"
fi

# server_bin prints the directory that holds PostgreSQL's server programs.
# Debian keeps them out of PATH, one directory a version.
server_bin() {
    local dir
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) \
        "$(dirname "$(command -v pg_ctl 2>/dev/null || echo /none/none)")"; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
            echo "$dir"
            return
        fi
    done
    return 1
}

if ! bin=$(server_bin); then
    apt_install "a PostgreSQL server" postgresql
    bin=$(server_bin) || die "PostgreSQL was installed but initdb is nowhere: set TEST_POSTGRES_URL to a server of yours"
fi

# initdb refuses to run as root, so root lends the cluster to a lesser user.
as=()
if [ "$(id -u)" = 0 ]; then
    owner=nobody
    if id postgres >/dev/null 2>&1; then owner=postgres; fi
    need runuser "it comes with util-linux"
    as=(runuser -u "$owner" --)
fi

# The cluster lives in the system's temporary directory and not beside the
# build's other results: that user may not be able to enter the repository.
home=$(mktemp -d "${TMPDIR:-/tmp}/threadline-postgres.XXXXXX")
cleanup() {
    status=$?
    trap - EXIT INT TERM
    cd /
    "${as[@]}" "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$home"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ${#as[@]} -gt 0 ]; then chown "$owner" "$home"; fi

(cd / && "${as[@]}" "$bin/initdb" -D "$home/data" -U threadline --auth=trust --encoding=UTF8 --locale=C --no-sync) \
    >"$home/initdb.log" 2>&1 || { cat "$home/initdb.log" >&2; die "initdb failed: see above"; }

# Nothing here outlives the run, so nothing need survive a power cut. The
# time zone is one that tests would notice if it leaked into a result.
options="-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
options+=" -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
options+=" -c shared_buffers=64MB -c timezone=Asia/Kolkata"

# A port can be taken, so a few are tried.
started=
for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000)) # below the ports handed out for outgoing connections
    if (cd / && "${as[@]}" "$bin/pg_ctl" -D "$home/data" -l "$home/data/server.log" -w -t 60 \
        -o "$options -c port=$port" start) >/dev/null 2>&1; then
        started=1
        break
    fi
done
if [ -z "$started" ]; then
    cat "$home/data/server.log" >&2 || true
    die "PostgreSQL did not start: see above, or set TEST_POSTGRES_URL to a server of yours"
fi

export TEST_POSTGRES_URL="postgres://threadline@127.0.0.1:$port/postgres?sslmode=disable"
"$@"
