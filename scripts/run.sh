#!/usr/bin/env bash
# Builds and serves the sample zone. usage: scripts/run.sh [ARGUMENT of credit-api serve…]
set -euo pipefail
source "$(dirname "$0")/common.sh"

# --sample loads the sample zone into an empty data folder and leaves a used one as it is.
SERVE=(serve --sample)

scripts/setup.sh --run
# The whole workspace, as the tests build it: another selection has other features and would compile RocksDB again.
cargo build --workspace --bins --examples --locked
# In place of this shell, so that Ctrl-C reaches the service itself.
exec "$BUILD_DIR/debug/credit-api" "${SERVE[@]}" "$@"
