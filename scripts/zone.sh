#!/usr/bin/env bash
# A whole zone on this machine: the service with its ledger, and the nodes of three fictitious agencies (customs,
# foreign exchange, market regulation) that re-execute and cosign it. Two of the three make an entry final. Prints the
# addresses, and then each change of what is published, replayed and final. Ctrl-C stops all; the data stay and are
# used again.
#
# usage: scripts/zone.sh [--bare] [FOLDER]
#   --bare   a ledger server alone (`node operator`) instead of the service with the sample zone
#   FOLDER   where data and keys go; ./data/zone when absent
set -euo pipefail
source "$(dirname "$0")/common.sh"

AGENCIES=(customs fx market)
QUORUM=2
ORIGIN=xinji.example/zone
FIRST_AGENCY_PORT=8091
# Loading the sample zone on the first start takes its time.
START_TIMEOUT_S=900
LOOK_EVERY_S=0.5

is_bare=no
if [[ ${1:-} == --bare ]]; then
    is_bare=yes
    shift
fi
[[ $# -le 1 && ${1:-} != -* ]] || die 'usage: scripts/zone.sh [--bare] [FOLDER]'
folder=${1:-./data/zone}
if [[ $is_bare == yes ]]; then port=8081; else port=8080; fi

# Nothing is built where it was: `make run` and the tests build the same.
if [[ ! -x $BUILD_DIR/debug/node || ($is_bare == no && ! -x $BUILD_DIR/debug/credit-api) ]]; then
    scripts/setup.sh --run
    cargo build --workspace --bins --examples --locked
fi
node=$BUILD_DIR/debug/node

# get PORT PATH: prints the body of a 200 answer.
get() {
    local status line
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n\r\n' "$2" "$1" >&3
    read -r _ status _ <&3 || return 1
    while IFS= read -r line <&3 && [[ $line != $'\r' ]]; do :; done
    cat <&3
    exec 3>&-
    [[ $status == 200 ]]
}

is_port_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# agency_port PLACE, key KIND NAME: an agency's port; the verifier key of a key that is made where it is missing.
agency_port() { echo $((FIRST_AGENCY_PORT + $1)); }

key() {
    local kind=$1 name=$2 file=$folder/$2/$1.key
    mkdir -p "$folder/$name"
    if [[ ! -e $file ]]; then
        "$node" keygen --kind "$kind" --name "$name.example/$kind" -o "$file" >"$folder/$name/$kind.vkey"
    fi
    cat "$folder/$name/$kind.vkey"
}

# Whom the zone asks, and whose word makes an entry final: both keys of two agencies.
write_policy() {
    local place name
    for place in "${!AGENCIES[@]}"; do
        name=${AGENCIES[$place]}
        echo "witness $name-witness $(key witness "$name") http://127.0.0.1:$(agency_port "$place")/"
        echo "witness $name-replay $(key replay "$name") http://127.0.0.1:$(agency_port "$place")/replay/"
        echo "group $name all $name-witness $name-replay"
    done
    echo "group agencies $QUORUM ${AGENCIES[*]}"
    echo 'quorum agencies'
}

processes=()
# start NAME COMMAND…: runs it beside this script, with its words in a file.
start() {
    local name=$1
    shift
    "$@" >"$folder/$name.log" 2>&1 </dev/null &
    processes+=("$!")
}

stop() {
    trap - EXIT INT TERM HUP
    local process
    for process in "${processes[@]}"; do kill -TERM "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    echo 'all stopped'
}

# wait_for PORT PATH NAME: until it answers, or its process is gone.
wait_for() {
    local process=${processes[-1]} until=$((SECONDS + START_TIMEOUT_S))
    while ! get "$1" "$2" >/dev/null 2>&1; do
        if ! kill -0 "$process" 2>/dev/null || ((SECONDS > until)); then
            tail -n 20 "$folder/$3.log" >&2
            die "$3 did not start; its last words are above"
        fi
        sleep 0.2
    done
}

# number NAME: the value of a JSON number in what is read.
number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }

# One line for each change of what is published, cosigned and final.
show() {
    local answer published final last='' line name
    while sleep "$LOOK_EVERY_S"; do
        answer=$(get "$port" /ledger/witnesses 2>/dev/null) || continue
        published=$(number published_size <<<"$answer")
        final=$(number final_size <<<"$answer")
        line="published $published  final $final "
        for name in "${AGENCIES[@]}"; do
            line+="  $name $(grep -o "{[^{}]*\"name\":\"$name-replay\"[^{}]*}" <<<"$answer" | number size)"
        done
        if [[ $line != "$last" ]]; then
            printf '%s  %s\n' "$(date +%H:%M:%S)" "$line"
            last=$line
        fi
    done
}

mkdir -p "$folder"
for place in "${!AGENCIES[@]}"; do
    is_port_free "$(agency_port "$place")" || die "port $(agency_port "$place") is taken"
done
is_port_free "$port" || die "port $port is taken; is \`make run\` running?"
write_policy >"$folder/policy.txt"

trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if [[ $is_bare == yes ]]; then
    if [[ ! -e $folder/log.key ]]; then
        "$node" keygen --kind log --origin "$ORIGIN" -o "$folder/log.key" >"$folder/log.vkey"
    fi
    start operator "$node" operator --dir "$folder/ledger" --origin "$ORIGIN" --key "$folder/log.key" \
        --policy "$folder/policy.txt" --listen "127.0.0.1:$port"
else
    echo 'loading the sample zone on the first start, which takes a while'
    start operator env XINJI_DATA="$folder/service" XINJI_POLICY="$folder/policy.txt" \
        XINJI_LISTEN="127.0.0.1:$port" "$BUILD_DIR/debug/credit-api" serve --sample
fi
wait_for "$port" /ledger/log.vkey operator
get "$port" /ledger/log.vkey >"$folder/log.vkey"
echo "zone      http://127.0.0.1:$port/  log key $(cat "$folder/log.vkey")"

for place in "${!AGENCIES[@]}"; do
    name=${AGENCIES[$place]}
    start "$name" "$node" follow --log "http://127.0.0.1:$port/ledger" --log-key "$folder/log.vkey" \
        --policy "$folder/policy.txt" --dir "$folder/$name" --witness-key "$folder/$name/witness.key" \
        --replay-key "$folder/$name/replay.key" --listen "127.0.0.1:$(agency_port "$place")"
    wait_for "$(agency_port "$place")" /status.json "$name"
    printf '%-9s http://127.0.0.1:%s/\n' "$name" "$(agency_port "$place")"
done
echo "logs and keys are in $folder; Ctrl-C stops all. What is published, final, and replayed by each:"
show
