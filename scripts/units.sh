#!/usr/bin/env bash
# Checks the systemd units in deploy/: that systemd understands every line, and how exposed each leaves the machine
# (0 to 10, less is better). Where systemd is not installed, says so and checks nothing.
set -euo pipefail
source "$(dirname "$0")/common.sh"

# In tenths; what systemd itself calls OK begins at 50.
EXPOSURE_MAX=15

command -v systemd-analyze >/dev/null || {
    echo 'no systemd-analyze on this machine: the units are not checked'
    exit 0
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/xinji-units.XXXXXX")
trap 'rm -rf "$folder"' EXIT

for unit in deploy/*.service; do
    copy=$folder/$(basename "$unit")
    # The programs need not be installed here, nor their users be.
    sed -E 's|^ExecStart=[^ ]+|ExecStart=/bin/true|; s|^User=.*|User=daemon|; /^Documentation=/d' "$unit" >"$copy"
    # It warns on standard error and ends well all the same.
    said=$(systemd-analyze verify --man=no "$copy" 2>&1 | grep -F "$(basename "$unit")" || true)
    [[ -z $said ]] || die "$unit: $said"
    systemd-analyze security --offline=yes --no-pager --threshold="$EXPOSURE_MAX" "$copy" |
        tail -n 1 || die "$unit leaves more exposed than $EXPOSURE_MAX tenths"
done
