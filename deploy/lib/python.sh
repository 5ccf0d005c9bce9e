# Finds the Python that the deploy programs run on, and installs Debian's where there is none.
# shellcheck shell=bash

python_is_usable() {
    command -v python3 >/dev/null && python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'
}

install_python() {
    local log=/var/log/codeportal-apt.log
    printf '[  0.0s] python    installing Debian'\''s python3\n'
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3; } \
        </dev/null >>"$log" 2>&1; then
        printf '%s: installing python3 failed; the log is %s\n' "$0" "$log" >&2
        exit 1
    fi
}

# run_deploy COMMAND ARGUMENTS...: becomes `python3 -m deploy.stack COMMAND ARGUMENTS...`
run_deploy() {
    local root
    root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
    if ! command -v python3 >/dev/null && command -v apt-get >/dev/null && [[ $EUID -eq 0 ]]; then
        install_python
    fi
    if ! python_is_usable; then
        printf '%s: Python 3.11 or newer is needed (python3); install it, or run as root on Debian 12+\n' "$0" >&2
        exit 1
    fi
    PYTHONPATH="$root" exec python3 -B -m deploy.stack "$@"
}
