#!/usr/bin/env bash
# Fuzzes the HTTP interface by its OpenAPI document, as anybody and with a key of every kind of user of the sample zone:
# no error of the server, nothing that the document does not describe, nothing beyond the matrix of who sees what.
# Needs Python; the fuzzer is installed into the build folder. usage: scripts/fuzz-api.sh [SECONDS PER USER] [USER…]
set -euo pipefail
source "$(dirname "$0")/common.sh"

SECONDS_EACH=${1:-60}
shift || true
LOGINS=("${@:-}")
[ -n "${LOGINS[0]}" ] || LOGINS=(anybody operator reviewer auditor agent bank commerce customs safe tax market credit
  pbc police source window session:agent session:operator)
CHECKS=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance
CHECKS+=,nothing_beyond_the_matrix
VENV=$BUILD_DIR/fuzz-api
if [ ! -x "$VENV/bin/schemathesis" ]; then
  python3 -m venv "$VENV"
  "$VENV/bin/pip" --quiet install 'schemathesis==4.32.5'
fi
cargo build --quiet --workspace --bins --examples --locked

DATA=$(mktemp -d)
PROGRAM=$(realpath "$BUILD_DIR/debug/credit-api")
PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export FUZZ_BASE=http://127.0.0.1:$PORT
"$PROGRAM" --data "$DATA" --listen "127.0.0.1:$PORT" serve --sample --enterprises 24 > "$DATA/serve.log" 2>&1 &
SERVER=$!
trap 'kill "$SERVER" 2>/dev/null || true; wait "$SERVER" 2>/dev/null || true; rm -rf "$DATA"' EXIT
for _ in $(seq 600); do
  curl -fsS -o "$DATA/ready" "$FUZZ_BASE/readyz" 2>/dev/null && break
  kill -0 "$SERVER" || { cat "$DATA/serve.log"; exit 1; }
  sleep 0.2
done
FUZZ_USCCS=$(curl -fsS "$FUZZ_BASE/api/v1/enterprises?limit=24" | python3 -c \
  'import json, sys; print(",".join(one["uscc"] for one in json.load(sys.stdin)["items"]))')
export FUZZ_USCCS
curl -fsS "$FUZZ_BASE/api/openapi.json" -o "$DATA/openapi.json"
FUZZER=$(realpath "$VENV/bin/schemathesis")
export SCHEMATHESIS_HOOKS=$PWD/tests/openapi/hooks.py

FUZZ_PASSWORD=$(sed -n 's/.*with the password  *//p' "$DATA/sample/logins.txt")
export FUZZ_PASSWORD

# Who pushes customs messages, with the secret that signs them.
"$PROGRAM" --data "$DATA" user add window --name "单一窗口" --audience source --organisation ceb > "$DATA/window.txt"
mkdir -p "$DATA/fuzz/keys"
"$PROGRAM" --data "$DATA" user secret window > "$DATA/fuzz/secret"

# A key may be for what its user may do; which scopes that is, the refusal says.
for login in operator reviewer auditor agent bank commerce customs safe tax market credit pbc police source window; do
  key="$DATA/fuzz/keys/$login"
  refused=$("$PROGRAM" --data "$DATA" key create fuzz --user "$login" --scope read --scope intake --scope share \
    --scope decide --scope identity --scope cases 2>&1 >"$key") || read -ra scopes <<< "${refused##*: }"
  [ -s "$key" ] || "$PROGRAM" --data "$DATA" key create fuzz --user "$login" "${scopes[@]/#/--scope=}" > "$key"
done

FAILED=()
export FUZZ_WORLD=$DATA/fuzz/world.json FUZZ_COUNTS=$DATA/fuzz/counts
for login in "${LOGINS[@]}"; do
  "$VENV/bin/python" tests/openapi/world.py "$DATA/fuzz" "$login"
  AS=()
  while IFS= read -r header; do AS+=(--header "$header"); done < <("$VENV/bin/python" -c 'import json, sys
for name, value in json.load(open(sys.argv[1]))["signed"].items(): print(f"{name}: {value}")' "$FUZZ_WORLD")
  echo "== $login"
  # What ends a session, a user or a key is done to those that were made for it alone; a second factor and a list of
  # sessions are the fuzzer's own. The fuzzer keeps notes where it is started.
  (cd "$DATA" && "$FUZZER" run openapi.json --url "$FUZZ_BASE" \
    "${AS[@]}" \
    --checks "$CHECKS" \
    --phases fuzzing --max-time "$SECONDS_EACH" --continue-on-failure --warnings off --no-color \
    --exclude-path-regex '/(sessions|second-factor)$') \
    || FAILED+=("$login")
done
"$VENV/bin/python" tests/openapi/reached.py "$FUZZ_COUNTS"
[ ${#FAILED[@]} -eq 0 ] || { echo "failed for: ${FAILED[*]}"; exit 1; }
echo "no error of the server, nothing beyond the matrix: ${LOGINS[*]}"
