#!/usr/bin/env bash
# Other people's programs on logs of ours: the decoders of docs/examples in JavaScript and Python, and a verifier.
# usage: scripts/strangers.sh [OPTION of node --test…]
set -euo pipefail
source "$(dirname "$0")/common.sh"

scripts/setup.sh --run --strangers
# The whole workspace with its examples, as the tests build it.
cargo build --quiet --workspace --bins --examples --locked
EXPORT_LOG_PROGRAM=$(realpath "$BUILD_DIR/debug/examples/export_log")
# Not its real path: Python finds its packages by where it was called.
STRANGERS_PYTHON=$(realpath "$STRANGERS_PYTHON_DIR")/bin/python
export EXPORT_LOG_PROGRAM STRANGERS_PYTHON
exec node --test "$@" tests/strangers/*.test.mjs
