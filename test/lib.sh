# SPDX-License-Identifier: BSD-2-Clause
# Shell functions for test scripts (sourced). A script calls plan-less TAP:
#     check "name" command args...     passes when the command succeeds
#     refuse "name" command args...    passes when the command fails
#     skip "name" "why"
#     finish                           prints the plan and exits
# Output of a failing command is printed as TAP comments; that of a passing one is not shown.
# TEST_STATE is the script's own ANCHORHOLD_STATE; servers started with `serve` end with the script.

tap_nr=0
tap_failed=0
tap_tmp=$(mktemp -d "${TMPDIR:-/tmp}/anchorhold-test.XXXXXX")
tap_pids=

tap_cleanup() {
    for p in $tap_pids; do kill "$p" 2>/dev/null && wait "$p" 2>/dev/null; done
    rm -rf "$tap_tmp"
}
trap tap_cleanup EXIT
trap 'exit 130' INT TERM HUP

tap() { # status name
    tap_nr=$((tap_nr + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_nr - $2"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_nr - $2"
    fi
}

tap_run() { # wanted-failure name command...
    tap_want=$1 tap_name=$2
    shift 2
    if "$@" >"$tap_tmp/out" 2>&1 </dev/null; then tap_got=0; else tap_got=1; fi
    if [ "$tap_got" -eq "$tap_want" ]; then tap 0 "$tap_name"; else
        tap 1 "$tap_name"
        echo "# $*"
        sed 's/^/#   /' "$tap_tmp/out"
    fi
}

check() { tap_run 0 "$@"; }
refuse() { tap_run 1 "$@"; }
skip() { tap_nr=$((tap_nr + 1)); echo "ok $tap_nr - $1 # SKIP $2"; }

finish() {
    echo "1..$tap_nr"
    [ "$tap_failed" -eq 0 ]
    exit
}

# A TCP port of the loopback interface that nobody uses at the moment.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

wait_port() { # port: until something listens there, at most ten seconds
    for _ in $(seq 200); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        sleep 0.05
    done
    return 1
}

serve() { # start a server that ends with the script; its output goes to $tap_tmp/serve.log
    "$@" >>"$tap_tmp/serve.log" 2>&1 </dev/null &
    served=$!
    tap_pids="$tap_pids $served"
}

stop() { # pid
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    return 0
}
