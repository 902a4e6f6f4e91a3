#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Prepare what the benchmark needs, run it, clean up: stores of both contenders on tmpfs, a second
# SoftHSM2 behind p11-kit server. Arguments go to p11_bench (--rounds, --seconds, --only).
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/build/host
soft=/usr/lib/softhsm/libsofthsm2.so
client=$(find /usr/lib -name p11-kit-client.so 2>/dev/null | head -n 1)
umask 077
memory=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/anchorhold-bench.XXXXXX")
disk=$(mktemp -d "$build/bench.XXXXXX")
server=
clean_up() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    for p in $(grep -lsaF -- "$memory/" /proc/[0-9]*/cmdline); do
        p=${p%/cmdline}
        case $(tr '\0' '\n' 2>/dev/null <"$p/cmdline" | head -n 1) in */anchorhold-host) kill "${p#/proc/}" 2>/dev/null || true ;; esac
    done
    rm -rf "$memory" "$disk"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

store() { # name: a SoftHSM2 store
    mkdir -p "$memory/$1/tokens"
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$memory/$1/tokens" >"$memory/$1/conf"
    echo "$memory/$1/conf"
}
SOFTHSM2_CONF=$(store soft)
served=$(store served)
export SOFTHSM2_CONF ANCHORHOLD_STATE=$memory/state BENCH_MEMORY=$memory
unset ANCHORHOLD_SOCKET ANCHORHOLD_TA_PATH
mkdir "$ANCHORHOLD_STATE"

more=()
if [ -n "$client" ] && command -v p11-kit >/dev/null; then
    SOFTHSM2_CONF=$served p11-kit server --provider "$soft" --name "$memory/p11-kit.sock" -f "pkcs11:" \
        >"$memory/server.out" 2>&1 &
    server=$!
    for _ in $(seq 100); do [ -S "$memory/p11-kit.sock" ] && break || sleep 0.02; done
    export P11_KIT_SERVER_ADDRESS=unix:path=$memory/p11-kit.sock
    [ -S "$memory/p11-kit.sock" ] && more=(--server "$client")
fi
echo "$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | sed 's/^ *//'), $(nproc) CPUs, $(openssl version | cut -d' ' -f1-2)"
"$build/test/bench/p11_bench" --ours "$build/lib/libanchorhold.so" --softhsm $soft --disk "$disk" "${more[@]}" "$@"
