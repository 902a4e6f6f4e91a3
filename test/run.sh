#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build and run the test suite. Every program prints TAP; this prints one line per program and the
# whole output of those that fail. The last line is "N passed, N failed, N skipped". A program that
# dies, hangs, or does not print as many results as it planned counts as a failure.
#
#   test/run.sh                            everything: product, ASan/UBSan, TSan
#   test/run.sh --flavour host|asan|tsan   one flavour
#   test/run.sh ... --unit                 only unit and power-cut tests
#   test/run.sh ... --only PATTERN         only programs whose name matches the shell pattern
#
# Each program gets a fresh state directory build/<flavour>/test/state/<name> as ANCHORHOLD_STATE;
# the instances it started are ended when it is done.
set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD
flavours="host asan tsan" unit_only= only='*'
while [ $# -gt 0 ]; do
    case $1 in
    --flavour) flavours=$2; shift ;;
    --unit) unit_only=1 ;;
    --only) only=$2; shift ;;
    *) sed -n '3,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift
done

passed=0 failed=0 skipped=0
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
unset ANCHORHOLD_SOCKET ANCHORHOLD_TA_PATH XDG_DATA_HOME

# End the daemon that serves the state directory $1, and nothing else.
end_instance() {
    local p
    for p in /proc/[0-9]*; do
        tr '\0' '\n' 2>/dev/null <"$p/cmdline" | grep -qxF -e "$1" || continue
        case $(readlink "$p/exe" 2>/dev/null) in
        */anchorhold-host*) kill "${p#/proc/}" 2>/dev/null ;;
        esac
    done
    return 0
}

summary() { # TAP on stdin -> "passed failed skipped", counting missing results as failures
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

run() { # flavour name limit-seconds command...
    local flavour=$1 name=$2 limit=$3 start out status p f s
    shift 3
    # shellcheck disable=SC2254
    case $name in $only) ;; *) return 0 ;; esac
    out=$root/build/$flavour/test/log/$name.tap
    mkdir -p "$(dirname "$out")"
    export ANCHORHOLD_STATE=$root/build/$flavour/test/state/$name
    rm -rf "$ANCHORHOLD_STATE"
    (umask 077; mkdir -p "$ANCHORHOLD_STATE")
    start=$SECONDS
    FLAVOUR=$flavour BUILD=$root/build/$flavour timeout -k 10 "$limit" "$@" >"$out" 2>&1 </dev/null
    status=$?
    end_instance "$ANCHORHOLD_STATE"
    [ $status -eq 124 ] && echo "# ended after $limit seconds" >>"$out"
    read -r p f s < <(summary $status <"$out")
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-6s %-28s %5d passed %3d failed %3d skipped %4ds\n' \
        "$flavour" "$name" "$p" "$f" "$s" $((SECONDS - start))
    [ "$f" -eq 0 ] || sed 's/^/    | /' "$out"
}

build() { # flavour targets...
    local log=build/$1/test/log/build.txt
    mkdir -p "$(dirname "$log")"
    if ! make -s -j"$(nproc)" FLAVOUR="$1" "${@:2}" >"$log" 2>&1; then
        echo "$1: the build failed"
        tail -50 "$log" | sed 's/^/    | /'
        failed=$((failed + 1))
        return 1
    fi
}

units() {
    local t
    for t in "build/$1"/test/unit/*_test "build/$1"/test/power/*_test; do
        [ -x "$t" ] && run "$1" "$(basename "$t")" 400 "$t"
    done
    return 0
}

# System tests of a flavour. Scripts that load the module into foreign programs run in the product
# flavour only: a sanitizer's run-time has to be in the program from its start.
system() {
    local f=$1 dir=build/$1/test/system module=build/$1/lib/libanchorhold.so t
    case $f in
    host)
        run $f p11suite 300 $dir/p11suite --module $module
        run $f p11suite-softhsm2 300 test/system/softhsm.sh $dir/p11suite
        run $f p11vectors 300 $dir/p11vectors --module $module
        for t in "$dir"/*_test; do
            [ -x "$t" ] && run $f "$(basename "$t")" 600 "$t" --module $module
        done
        for t in test/system/*.sh; do
            case $t in */softhsm.sh) continue ;; esac
            [ -x "$t" ] && run $f "$(basename "$t" .sh)" 300 "$t"
        done
        ;;
    asan)
        run $f p11suite 400 $dir/p11suite --module $module
        run $f p11vectors 400 $dir/p11vectors --module $module
        for t in "$dir"/*_test; do
            [ -x "$t" ] && run $f "$(basename "$t")" 400 "$t" --module $module --rounds 20
        done
        [ -x test/system/sandbox.sh ] && run $f sandbox 300 test/system/sandbox.sh
        ;;
    tsan)
        run $f p11suite-threads 400 $dir/p11suite --module $module --only threads
        run $f p11suite-session 400 $dir/p11suite --module $module --only session
        run $f storm_test 400 $dir/storm_test --module $module --rounds 3
        ;;
    esac
}

for f in $flavours; do
    if [ -n "$unit_only" ]; then targets=units-build; else targets=tests; fi
    build "$f" $targets || continue
    units "$f"
    [ -n "$unit_only" ] || system "$f"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
