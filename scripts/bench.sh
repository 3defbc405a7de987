#!/usr/bin/env bash
# The benchmarks, one after the other; each prints a table of ratios against a reference of the same run.
#
# usage: scripts/bench.sh [NAME…]   (all when none is named)
set -euo pipefail
source "$(dirname "$0")/common.sh"

# package:example, one per benchmark, in the order of docs/BENCHMARKS.md.
BENCHES=(
)

# The profile of run and test, so that RocksDB is there already; only our own crates are optimised further.
export CARGO_PROFILE_DEV_OPT_LEVEL=3

scripts/setup.sh --run
[[ ${#BENCHES[@]} -gt 0 ]] || die 'no benchmark is listed'
ran=0
for bench in "${BENCHES[@]}"; do
    package=${bench%%:*}
    name=${bench##*:}
    if [[ $# -gt 0 && " $* " != *" $name "* ]]; then continue; fi
    printf '\n== %s\n' "$name"
    cargo run --quiet --locked --package "$package" --example "$name"
    ran=$((ran + 1))
done
[[ $ran -gt 0 ]] || die "no such benchmark; there are: ${BENCHES[*]##*:}"
