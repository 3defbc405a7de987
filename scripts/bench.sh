#!/usr/bin/env bash
# The benchmarks, one after the other; each prints a table of ratios against a reference of the same run.
#
# usage: scripts/bench.sh [NAME…]   (all when none is named)
set -euo pipefail
source "$(dirname "$0")/common.sh"

# One example of some crate per benchmark, by its name, in the order of docs/BENCHMARKS.md.
BENCHES=(
    bench_evaluate
    ledger_append
    bench_final
    bench_verify
    bench_replay
    bench_memory
    bench_import
    bench_evaluate_zone
    bench_rating
    bench_access
    bench_ceb
    bench_detection
    bench_screening
    bench_screening_job
)

# The profile of run and test, so that RocksDB is there already; only our own crates are optimised further.
export CARGO_PROFILE_DEV_OPT_LEVEL=3

scripts/setup.sh --run
[[ ${#BENCHES[@]} -gt 0 ]] || die 'no benchmark is listed'
# The whole workspace, as run and test build it: another selection has other features and another RocksDB.
cargo build --quiet --workspace --bins --examples --locked
# Those that measure PostgreSQL too find a throw-away server, where its programs are installed.
beside=()
if [[ -n ${XINJI_TEST_POSTGRES_URL:-} ]] || postgres_programs >/dev/null; then beside=(scripts/postgres.sh); fi
ran=0
for name in "${BENCHES[@]}"; do
    if [[ $# -gt 0 && " $* " != *" $name "* ]]; then continue; fi
    printf '\n== %s\n' "$name"
    "${beside[@]}" "$BUILD_DIR/debug/examples/$name"
    ran=$((ran + 1))
done
[[ $ran -gt 0 ]] || die "no such benchmark; there are: ${BENCHES[*]}"
