#!/usr/bin/env bash
# The portal's pages in a real browser against a real service with a small sample zone, and the browser's verifier
# on receipts. usage: scripts/pages.sh [OPTION of node --test…]
set -euo pipefail
source "$(dirname "$0")/common.sh"

scripts/setup.sh --run --pages
# The whole workspace with its examples, as the tests build it: another selection has other features and compiles
# half of it again.
cargo build --quiet --workspace --bins --examples --locked
CREDIT_API_PROGRAM=$(realpath "$BUILD_DIR/debug/credit-api")
export CREDIT_API_PROGRAM
exec node --test "$@" tests/js/*.test.mjs tests/pages/*.test.mjs
