# Sourced by every script: the repository as working folder, cargo on the path, where cargo builds.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A shell that is no login shell does not know rustup's folder.
if [[ -d ${HOME:-}/.cargo/bin && :$PATH: != *:$HOME/.cargo/bin:* ]]; then
    PATH=$HOME/.cargo/bin:$PATH
fi

# RocksDB takes ten minutes to compile on two cores. CI clones anew each time and keeps what is outside the clone.
if [[ ${CI:-} == true && -z ${CARGO_TARGET_DIR:-} ]]; then
    export CARGO_TARGET_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/xinji/target
fi
BUILD_DIR=${CARGO_TARGET_DIR:-target}
# Packages of Python for the tests with other people's programs.
STRANGERS_PYTHON_DIR=$BUILD_DIR/strangers-python

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Prints the folder of PostgreSQL's server programs: the one on the path, else Debian's newest.
postgres_programs() {
    local initdb
    if ! initdb=$(command -v initdb); then
        initdb=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)
    fi
    [[ -n $initdb ]] && dirname "$(readlink -f "$initdb")"
}
