#!/usr/bin/env bash
# Installs what is missing on a Debian or Ubuntu machine, and says so before. Nothing missing: nothing done.
#
# usage: scripts/setup.sh [--run] [--test] [--pages] [--strangers] [--ci]
#   --run        what a build needs (always included)
#   --test       and a PostgreSQL server, which the tests start and stop themselves
#   --pages      and a browser, Node.js and packages of npm, for the tests of the portal's pages
#   --strangers  and Node.js, Python and packages of both, for the tests with other people's programs
#   --ci         and rustfmt and clippy
set -euo pipefail
source "$(dirname "$0")/common.sh"

packages=()
reasons=()

LIBCLANG_PLACES=('/usr/lib/llvm-*/lib/libclang*.so*' '/usr/lib/*/libclang*.so*' '/usr/lib64/libclang*.so*')

# any_file PATTERN…: whether some file matches one of them.
any_file() {
    local pattern
    for pattern in "$@"; do
        if compgen -G "$pattern" >/dev/null; then return 0; fi
    done
    return 1
}

has_c_toolchain() {
    command -v cc >/dev/null && command -v c++ >/dev/null && command -v make >/dev/null
}

has_libclang() {
    # The library alone is not enough: bindgen also reads the compiler's own headers, which come with clang.
    [[ -n ${LIBCLANG_PATH:-} ]] || { command -v clang >/dev/null && any_file "${LIBCLANG_PLACES[@]}"; }
}

has_libpq() {
    any_file '/usr/lib/*/libpq.so' || pkg-config --exists libpq 2>/dev/null
}

has_postgres() {
    [[ -n $(postgres_programs) ]]
}

has_browser() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

# The tests are written for Debian 12's Node.js and newer ones.
NODE_MAJOR_MIN=18

has_node() {
    local major
    major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) && [[ $major -ge $NODE_MAJOR_MIN ]]
}

has_npm() {
    command -v npm >/dev/null
}

# The verifier of logs by others asks for it; Debian 12 has it.
PYTHON_MIN='3, 11'

has_python() {
    # Debian's Python comes without what makes a venv.
    python3 -c "import ensurepip, sys, venv; sys.exit(sys.version_info < ($PYTHON_MIN))" 2>/dev/null
}

has_chinese_font() {
    [[ -n $(fc-list :lang=zh 2>/dev/null) ]]
}

# want CHECK REASON PACKAGE…: notes the packages unless the check passes.
want() {
    local check=$1 reason=$2
    shift 2
    if ! "$check"; then
        packages+=("$@")
        reasons+=("$(printf '%-28s %s' "$*" "$reason")")
    fi
}

want_everything() {
    packages=()
    reasons=()
    want has_c_toolchain 'C and C++ compiler, make: SQLite and RocksDB are built from source' build-essential
    want has_libclang 'the Rust side of RocksDB is generated from its C header' clang libclang-dev
    want has_libpq 'client library of PostgreSQL' libpq-dev pkg-config
    if [[ $with_tests == yes ]]; then
        want has_postgres 'the tests run on a real PostgreSQL, in a temporary folder' postgresql
    fi
    if [[ $with_pages == yes ]]; then
        want has_browser "the portal's pages are tested in a real browser" chromium
        want has_chinese_font 'their text has a width only with a Chinese font' fonts-noto-cjk fontconfig
        want has_node 'runs the tests of the pages' nodejs
        want has_npm 'brings what drives the browser, and the accessibility checker' npm
    fi
    if [[ $with_strangers == yes ]]; then
        want has_node "runs the tests with other people's programs" nodejs
        want has_npm 'brings a decoder by others' npm
        want has_python 'runs a decoder and a verifier by others' python3 python3-venv
    fi
}

as_root=()

install_packages() {
    command -v apt-get >/dev/null ||
        die "this machine has no apt-get; install what matches: ${packages[*]}"
    if [[ $EUID -ne 0 ]]; then
        command -v sudo >/dev/null || die "no root and no sudo; as root: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    echo 'Missing on this machine, about to be installed with apt-get:'
    printf '  %s\n' "${reasons[@]}"
    "${as_root[@]}" apt-get -q -o Acquire::Retries=3 update ||
        die 'apt-get update failed: is there a network?'
    hold_back_default_cluster
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 install "${packages[@]}" ||
        die "apt-get could not install: ${packages[*]}"
    release_default_cluster
}

# Debian's package creates a database cluster and starts it at every boot. The tests need the programs only, so
# this is switched off while installing, and on again afterwards.
CLUSTER_SWITCH=/etc/postgresql-common/createcluster.d/xinji-setup.conf

hold_back_default_cluster() {
    [[ " ${packages[*]} " == *' postgresql '* ]] || return 0
    "${as_root[@]}" mkdir -p "$(dirname "$CLUSTER_SWITCH")"
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$CLUSTER_SWITCH" >/dev/null
    trap release_default_cluster EXIT
}

release_default_cluster() {
    if [[ -e $CLUSTER_SWITCH ]]; then "${as_root[@]}" rm -f "$CLUSTER_SWITCH"; fi
}

# want_npm_packages FOLDER PURPOSE: installs what the lock file there names, unless that was done. Only what is in
# credit-api/web becomes part of the product.
want_npm_packages() {
    local folder=$1 purpose=$2
    local lock=$folder/package-lock.json installed=$folder/node_modules/.lock
    if cmp -s "$lock" "$installed"; then return 0; fi
    echo "Missing in $folder/node_modules, about to be installed with npm ($purpose):"
    npm --prefix "$folder" pkg get dependencies devDependencies
    npm --prefix "$folder" ci --loglevel=error ||
        die 'npm could not bring these packages: is there a network? Without them: scripts/test.sh --no-pages'
    cp "$lock" "$installed"
}

# want_python_packages FOLDER REQUIREMENTS…: a venv there with what the files name; the first file includes the others.
want_python_packages() {
    local folder=$1 installed=$1/requirements.txt
    shift
    if [[ -x $folder/bin/python ]] && cat "$@" | cmp -s - "$installed"; then return 0; fi
    echo "Missing in $folder, about to be installed with pip (for the tests with other people's programs only):"
    cat "$@" | grep '=='
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$1" ||
        die 'pip could not bring these packages: is there a network? Without them: scripts/test.sh --no-pages'
    cat "$@" >"$installed"
}

want_rust() {
    command -v cargo >/dev/null || die 'no cargo; install Rust with rustup (its page tells how) and run me again'
    if [[ $with_lints == yes ]]; then
        cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
        cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
    fi
}

with_tests=no
with_pages=no
with_strangers=no
with_lints=no
for option in "$@"; do
    case $option in
        --run) ;;
        --test) with_tests=yes ;;
        --pages) with_pages=yes ;;
        --strangers) with_strangers=yes ;;
        --ci) with_lints=yes ;;
        *) die "unknown option $option; see the head of scripts/setup.sh" ;;
    esac
done

want_rust
want_everything
if [[ ${#packages[@]} -gt 0 ]]; then
    install_packages
    want_everything
    [[ ${#packages[@]} -eq 0 ]] || die "installed, and still not found: ${packages[*]}"
fi
# The page that checks receipts brings one package along; without npm it names labels as not checked.
if [[ $with_pages == yes ]] || has_npm; then
    want_npm_packages credit-api/web 'for the page that checks receipts; it becomes part of the program'
else
    echo 'No npm: the page that checks receipts will name labels as not checked (scripts/setup.sh --pages brings it).'
fi
if [[ $with_pages == yes ]]; then want_npm_packages tests/pages 'for the tests of the pages only'; fi
if [[ $with_strangers == yes ]]; then
    want_npm_packages docs/examples/javascript 'for an example, and its test'
    want_python_packages "$STRANGERS_PYTHON_DIR" tests/strangers/requirements.txt docs/examples/python/requirements.txt
fi
