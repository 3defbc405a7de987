#!/usr/bin/env bash
# Every test: the workspace's on SQLite and on a PostgreSQL of its own, then the portal's pages in a real browser, then
# other people's programs on our logs.
#
# usage: scripts/test.sh [--no-pages] [ARGUMENT of cargo test…]   (--no-pages: without the last two; arguments choose
# among the workspace's tests alone)
set -euo pipefail
source "$(dirname "$0")/common.sh"

with_pages=yes
if [[ ${1:-} == --no-pages ]]; then
    with_pages=no
    shift
fi
if [[ $# -gt 0 ]]; then with_pages=no; fi

scripts/setup.sh --test
status=0
scripts/postgres.sh cargo test --workspace --locked --no-fail-fast "$@" || status=$?
# The rest is tested too when something before failed: one run tells everything.
if [[ $with_pages == yes ]]; then
    scripts/pages.sh || status=$?
    scripts/strangers.sh || status=$?
fi
exit "$status"
