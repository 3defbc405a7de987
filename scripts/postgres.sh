#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL, which is gone when the command ends.
#
# usage: scripts/postgres.sh COMMAND [ARGUMENT…]
# The command finds the server in XINJI_TEST_POSTGRES_URL (a superuser without a password, loopback only). When the
# variable is already set, that server is used and none is started.
set -euo pipefail
source "$(dirname "$0")/common.sh"

START_ATTEMPTS=10
START_TIMEOUT_S=60

[[ $# -gt 0 ]] || die 'which command?'
[[ -z ${XINJI_TEST_POSTGRES_URL:-} ]] || exec "$@"

programs=$(postgres_programs) || die 'no PostgreSQL server; run scripts/setup.sh --test'
folder=$(mktemp -d "${TMPDIR:-/tmp}/xinji-postgres.XXXXXX")

# PostgreSQL refuses to run as root. Its package brings a user; any other without rights will do.
as_server=()
if [[ $EUID -eq 0 ]]; then
    server_user=postgres
    id "$server_user" >/dev/null 2>&1 || server_user=nobody
    chown "$server_user" "$folder"
    as_server=(runuser -u "$server_user" --)
fi

# The server's user may have no right to the working folder, which only its programs would complain about.
server() {
    (cd "$folder" && "${as_server[@]}" "$programs/$1" "${@:2}")
}

stop() {
    server pg_ctl -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT

is_port_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# A free port may be taken between the look and the start; then the next one is tried.
start() {
    local attempt
    for ((attempt = 0; attempt < START_ATTEMPTS; attempt++)); do
        port=$((20000 + RANDOM % 12000))
        is_port_free "$port" || continue
        if server pg_ctl -D "$folder/data" -l "$folder/log" -o "-p $port" -w -t "$START_TIMEOUT_S" start \
            >/dev/null; then return; fi
    done
    cat "$folder/log" >&2
    die 'PostgreSQL did not start; its log is above'
}

server initdb -D "$folder/data" -U xinji -A trust -E UTF8 --locale=C --no-sync --no-instructions >"$folder/initdb" ||
    die "initdb failed: $(cat "$folder/initdb")"
# fsync stays on: the tests kill processes and look at what was acknowledged.
cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 200
fsync = on
timezone = 'UTC'
CONF
start
export XINJI_TEST_POSTGRES_URL="postgres://xinji@127.0.0.1:$port/postgres"

# The command gets its own process group, so that a signal to this script can end it and the server after it.
set -m
"$@" </dev/null &
command=$!
set +m
trap 'kill -TERM -- "-$command" 2>/dev/null || true' INT TERM HUP
status=0
wait "$command" || status=$?
# A signal interrupts the first wait; the second sees the command's end.
if kill -0 "$command" 2>/dev/null; then
    wait "$command" || status=$?
fi
exit "$status"
