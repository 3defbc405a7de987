#!/usr/bin/env bash
# Every test, on SQLite and on a PostgreSQL of its own. usage: scripts/test.sh [ARGUMENT of cargo test…]
set -euo pipefail
source "$(dirname "$0")/common.sh"

scripts/setup.sh --test
exec scripts/postgres.sh cargo test --workspace --locked --no-fail-fast "$@"
