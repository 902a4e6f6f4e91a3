#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build and run the test suite. Every program prints TAP; this prints one line per program and what
# is not a pass of those that fail. The last line is "N passed, N failed, N skipped". A program that
# dies, hangs, or does not print as many results as it planned counts as a failure, and so does a
# build that fails.
#
#   test/run.sh                            everything: product, ASan/UBSan, TSan
#   test/run.sh --flavour host|asan|tsan   one flavour
#   test/run.sh ... --unit                 only unit and power-cut tests
#   test/run.sh ... --only PATTERN         only programs whose name matches the shell pattern
#
# Each program gets a fresh state directory build/<flavour>/test/state/<name> as ANCHORHOLD_STATE;
# the instances it started are ended when it is done. Its output stays in build/<flavour>/test/log.
set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD
flavours="host asan tsan" unit_only= only='*'
while [ $# -gt 0 ]; do
    case $1 in
    --flavour) flavours=$2; shift ;;
    --unit) unit_only=1 ;;
    --only) only=$2; shift ;;
    *) sed -n '3,15s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift
done

mkdir -p build
results=$(mktemp build/results.XXXXXX)
trap 'rm -f "$results"' EXIT
trap 'exit 130' INT TERM HUP
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:die_after_fork=0
unset ANCHORHOLD_SOCKET ANCHORHOLD_TA_PATH ANCHORHOLD_LOGIN ANCHORHOLD_PIN ANCHORHOLD_SO_PIN \
    XDG_DATA_HOME CKTEEC_LOGIN_TYPE CKTEEC_LOGIN_GID

# End the daemons whose state is the directory $1 or beneath it, and nothing else.
end_instances() {
    local p
    for p in $(grep -lsaF -- "$1" /proc/[0-9]*/cmdline); do
        p=${p%/cmdline}
        case $(tr '\0' '\n' 2>/dev/null <"$p/cmdline" | head -n 1) in
        */anchorhold-host) kill "${p#/proc/}" 2>/dev/null ;;
        esac
    done
    return 0
}

# TAP on standard input to "passed failed skipped"; results that are missing have failed.
summary() { # exit status of the program
    awk -v status="$1" '
        /^1\.\.[0-9]+/            { split($1, a, "[.][.]"); plan += a[2]; planned = 1; next }
        /^(not )?ok .*# SKIP/     { skip++; seen++; next }
        /^ok /                    { ok++; seen++; next }
        /^not ok /                { bad++; seen++ }
        END {
            if (!planned) { bad++ }
            else if (seen < plan) { bad += plan - seen }
            if (status != 0 && !bad) { bad++ }
            printf "%d %d %d\n", ok, bad, skip
        }'
}

run() { # flavour name limit-in-seconds command...
    local flavour=$1 name=$2 limit=$3 start=$SECONDS out status p f s text
    shift 3
    # shellcheck disable=SC2254
    case $name in $only) ;; *) return 0 ;; esac
    out=$root/build/$flavour/test/log/$name.tap
    local state=$root/build/$flavour/test/state/$name
    mkdir -p "$(dirname "$out")"
    rm -rf "$state"
    (umask 077; mkdir -p "$state")
    ANCHORHOLD_STATE=$state FLAVOUR=$flavour BUILD=$root/build/$flavour \
        timeout -k 10 "$limit" "$@" >"$out" 2>&1 </dev/null
    status=$?
    end_instances "$state"
    [ $status -ne 124 ] || echo "# ended after $limit seconds" >>"$out"
    [ $status -le 128 ] || echo "# ended by signal $((status - 128))" >>"$out"
    read -r p f s < <(summary $status <"$out")
    echo "$p $f $s" >>"$results"
    text=$(printf '%-6s %-28s %5d passed %3d failed %3d skipped %4d s' "$flavour" "$name" "$p" "$f" "$s" \
        $((SECONDS - start)))
    [ "$f" -eq 0 ] || text+=$'\n'$(grep -v '^ok ' "$out" | head -n 200 | sed 's/^/    | /')
    echo "$text"
}

build() { # flavour targets...; a failure counts as one failed test
    local log=build/$1/test/log/build.txt
    mkdir -p "$(dirname "$log")"
    make -s -k -j"$(nproc)" FLAVOUR="$1" "${@:2}" >"$log" 2>&1 && return
    echo "$1: the build failed; what could be built is tested"
    grep -A12 -E 'error|warning|\*\*\*' "$log" | head -n 60 | sed 's/^/    | /'
    echo "0 1 0" >>"$results"
}

# Unit tests, as many at once as there are processors.
units() {
    local t
    for t in "build/$1"/test/unit/*_test "build/$1"/test/power/*_test; do
        [ -x "$t" ] || continue
        [ -e "test/${t#build/"$1"/test/}.c" ] || continue
        while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
        run "$1" "$(basename "$t")" 400 "$t" &
    done
    wait
}

each_system_test() { # flavour limit arguments...
    local f=$1 limit=$2 t
    shift 2
    for t in "build/$f"/test/system/*_test; do
        [ -x "$t" ] && [ -e "test/system/$(basename "$t").c" ] &&
            run "$f" "$(basename "$t")" "$limit" "$t" --module "build/$f/lib/libanchorhold.so" "$@"
    done
}

# System tests. Scripts that load the module into foreign programs run in the product flavour only:
# the run-time of a sanitizer has to be in the program from its start.
system() {
    local f=$1 dir=build/$1/test/system module=build/$1/lib/libanchorhold.so t
    case $f in
    host)
        run "$f" p11suite 300 "$dir/p11suite" --module "$module"
        run "$f" p11suite-softhsm2 300 test/system/softhsm.sh "$dir/p11suite" \
            --except threads # where it loses objects, signatures and itself
        run "$f" p11vectors 300 "$dir/p11vectors" --module "$module"
        each_system_test "$f" 900
        for t in test/system/*.sh; do
            case $t in */softhsm.sh) continue ;; esac
            [ -x "$t" ] && run "$f" "$(basename "$t" .sh)" 300 "$t"
        done
        ;;
    asan)
        run "$f" p11suite 600 "$dir/p11suite" --module "$module"
        run "$f" p11vectors 600 "$dir/p11vectors" --module "$module"
        each_system_test "$f" 600 --rounds 10
        ;;
    tsan)
        for t in threads session object operation; do
            run "$f" "p11suite-$t" 600 "$dir/p11suite" --module "$module" --only "$t"
        done
        each_system_test "$f" 600 --rounds 4
        ;;
    esac
    return 0
}

for f in $flavours; do
    if [ -n "$unit_only" ]; then build "$f" units-build; else build "$f" tests; fi
    units "$f"
    [ -n "$unit_only" ] || system "$f"
done
awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' "$results"
