#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The daemon by hand: options, its state directory, images that it must refuse, its end, a system-wide
# instance used by members of a group, and identities that no client can claim for itself.
set -u
cd "$(dirname "$0")/../.." || exit 2
. test/lib.sh
build=${BUILD:-$PWD/build/host}
host=$build/libexec/anchorhold/anchorhold-host
image=$build/bin/anchorhold-image
hello=2b7f5c1e-8d34-4a60-9f12-c3e4d5a6b708
rogue=b6c53aba-9669-4668-a7f2-205629d00f86
client="/usr/bin/python3 test/system/host_client.py"
unset ANCHORHOLD_TA_PATH XDG_DATA_HOME
export HOME=$tap_tmp/home
umask 022
mkdir "$HOME"

pid_of() { sed -n 's/.*instance, process \([0-9]*\),.*/\1/p' "$1/log" | tail -1; }

start() { # state [options]: start a private daemon there and wait until it listens
    local s=$1
    shift
    serve "$host" --private --state "$s" "$@"
    for _ in $(seq 400); do [ -S "$s/sock" ] && return 0; sleep 0.02; done
    return 1
}

gone() { # pid: true when it ends within ten seconds
    for _ in $(seq 500); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.02; done
    return 1
}

fails_saying() { # text command...: the command fails and says this
    local text=$1 out
    shift
    out=$(timeout 20 "$@" 2>&1) && { echo "did not fail: $out"; return 1; }
    case $out in *"$text"*) return 0 ;; esac
    echo "said: $out"
    return 1
}

says() { # text command...
    local text=$1 out
    shift
    out=$(timeout 20 "$@" 2>&1) || { echo "failed: $out"; return 1; }
    case $out in *"$text"*) return 0 ;; esac
    echo "said: $out"
    return 1
}

# --- options
check "version" says "anchorhold-host 0." "$host" --version
check "help" says "usage: anchorhold-host" "$host" --help
check "neither private nor system-wide" fails_saying usage "$host"
check "both" fails_saying usage "$host" --private --system
check "not a number" fails_saying usage "$host" --private --idle x
check "a limit of zero" fails_saying usage "$host" --private --call-limit 0

# --- the state directory
s=$tap_tmp/a/b/state
check "starts on a state that does not exist" start "$s"
pid=$(pid_of "$s")
check "directory and secret are closed to others" \
    test "$(stat -c %a "$s" "$s/device.key" "$s/store" "$s/sock" "$s/log" | tr '\n' ' ')" = "700 600 700 600 600 "
check "the secret has 32 bytes" test "$(stat -c %s "$s/device.key")" = 32
check "a second daemon there is refused" fails_saying "another instance is running" "$host" --private --state "$s"
check "the daemon is not dumpable and has no new privileges" \
    sh -c "grep -q 'NoNewPrivs:.1' /proc/$pid/status && grep -q 'Max core file size *0 *0' /proc/$pid/limits"
check "status" says '"kind":"hosted"' $client "$s" status
check "opens hello" says "open 0x00000000" $client "$s" open $hello
key=$(sha256sum <"$s/device.key")
kill "$pid"
check "ends on SIGTERM" gone "$pid"
refuse "and takes its socket along" test -e "$s/sock"
check "starts again" start "$s"
pid=$(pid_of "$s")
check "with the same secret" test "$(sha256sum <"$s/device.key")" = "$key"
kill -9 "$pid"
gone "$pid"
check "kill -9 leaves the socket" test -S "$s/sock"
serve "$host" --private --state "$s"
for _ in $(seq 200); do [ "$(pid_of "$s")" = "$pid" ] || break; sleep 0.02; done
check "and a new daemon takes its place" says '"kind":"hosted"' $client "$s" status
kill "$(pid_of "$s")"
gone "$(pid_of "$s")"

chmod 640 "$s/device.key"
check "a secret open to others is refused, with the remedy" fails_saying "chmod 600" "$host" --private --state "$s"
chmod 600 "$s/device.key"
chmod 755 "$s"
check "a directory open to others is refused, with the remedy" fails_saying "chmod 700" "$host" --private --state "$s"
chmod 700 "$s"
head -c 31 "$s/device.key" >"$tap_tmp/key" && cp "$tap_tmp/key" "$s/device.key"
check "a damaged secret is not replaced" fails_saying "is damaged" "$host" --private --state "$s"
check "and stays as it was" test "$(stat -c %s "$s/device.key")" = 31
rm "$s/device.key" && ln -s /etc/passwd "$s/device.key"
check "a secret that is a link is refused" fails_saying "device secret" "$host" --private --state "$s"
check "no directory can be made" fails_saying "cannot make the state directory" "$host" --private --state /proc/x/y
long=$tap_tmp/$(printf 'd%.0s' $(seq 120))/$(printf 'e%.0s' $(seq 120))
check "a path longer than a socket address" start "$long"
check "is served" says "open 0x00000000" $client "$long" open $hello
kill "$(pid_of "$long")"

s=$tap_tmp/idle
check "an idle instance" start "$s" --idle 1
check "ends itself" gone "$(pid_of "$s")"
refuse "and takes its socket along" test -e "$s/sock"
s=$tap_tmp/ready
check "says when it is ready" sh -c "'$host' --private --state '$s' --idle 1 --ready 7 7>&1 >/dev/null | grep -qx ready"
check "says why it is not" sh -c "'$host' --private --state /proc/x --ready 7 7>&1 >/dev/null 2>&1 | grep -q 'cannot make'"

# --- images
s=$tap_tmp/images
mkdir "$tap_tmp/ta"
export ANCHORHOLD_TA_PATH=$tap_tmp/none:$tap_tmp/ta
good=$build/test/ta/$rogue.ta
put() { cp "$1" "$tap_tmp/ta/$rogue.ta"; }
flip() { # offset: the good image with one bit of that byte flipped
    /usr/bin/python3 - "$good" "$tap_tmp/ta/$rogue.ta" "$1" <<'EOF'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[int(sys.argv[3])] ^= 4
open(sys.argv[2], "wb").write(b)
EOF
}
check "an instance with a path for more TAs" start "$s"
check "an unknown TA is not found" says "open 0xffff0008" $client "$s" open 00000000-0000-0000-0000-000000000001
put "$good"
check "a good image is run" says "open 0x00000000" $client "$s" open $rogue
for at in 3 9 24 28 36 60 90 120 185 200 255 300 100000; do
    flip $at
    check "byte $at flipped: refused" says "open 0xffff000f" $client "$s" open $rogue
done
head -c 100 "$good" >"$tap_tmp/ta/$rogue.ta"
check "cut in the header: refused" says "open 0xffff000f" $client "$s" open $rogue
head -c 100000 "$good" >"$tap_tmp/ta/$rogue.ta"
check "cut in the program: refused" says "open 0xffff000f" $client "$s" open $rogue
cp "$build/libexec/anchorhold/ta/$hello.ta" "$tap_tmp/ta/$rogue.ta"
check "another TA under this name: refused" says "open 0xffff000f" $client "$s" open $rogue
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$tap_tmp/foreign.pem" 2>/dev/null
"$image" sign-ta --key "$tap_tmp/foreign.pem" --manifest test/ta/rogue/manifest "$build/obj/test/ta/rogue.elf" \
    "$tap_tmp/ta/$rogue.ta"
check "signed by a foreign key: refused" says "open 0xffff000f" $client "$s" open $rogue
check "and the log says why" grep -q "signature does not verify" "$s/log"
mkfifo "$tap_tmp/fifo" && mv "$tap_tmp/fifo" "$tap_tmp/ta/$rogue.ta"
check "a pipe as an image does not hang the daemon" says "open 0xffff000f" $client "$s" open $rogue
rm "$tap_tmp/ta/$rogue.ta"
put "$good"
check "a good image again is run" says "open 0x00000000" $client "$s" open $rogue
check "the log marks development keys" grep -q "rogue.*development key" "$s/log"
kill "$(pid_of "$s")"

# --- hostile clients
s=$tap_tmp/hostile
check "an instance for hostile clients" start "$s"
for kind in short long type nohello badlen surplus-fd text-on-open share-nofd share-unsealed share-pipe \
    share-huge share-sealed-write ta-message; do
    check "a client that sends $kind is dropped" says dropped $client "$s" hostile $kind
    check "and nobody else notices" says "open 0x00000000" $client "$s" open $hello
done
check "a foreign session is not found" says "0xffff0008" $client "$s" foreign-session $hello
check "a dead client whose child holds its socket is gone within a second" says gone $client "$s" orphan $hello
check "a client that never reads is dropped, not waited for" says dropped $client "$s" deaf
check "300 connections: the daemon goes on" says "turned away" $client "$s" crowd
check "nobody else notices" says "open 0x00000000" $client "$s" open $hello
check "every drop is in the log" grep -q "dropped: " "$s/log"
kill "$(pid_of "$s")"
gone "$(pid_of "$s")"

# --- identities and a system-wide instance
if [ "$(id -u)" -eq 0 ]; then
    member="setpriv --reuid=5001 --regid=5001 --groups=4243"
    other="setpriv --reuid=5002 --regid=5002 --clear-groups"
    s=$tap_tmp/system
    chmod 755 "$tap_tmp"
    mkdir -m 700 "$s" && mkdir -m 755 "$tap_tmp/run"
    chown 4242:4243 "$s" "$tap_tmp/run"
    serve setpriv --reuid=4242 --regid=4243 --clear-groups "$host" --system --state "$s" --socket "$tap_tmp/run/sock"
    system_pid=$served
    for _ in $(seq 200); do [ -S "$tap_tmp/run/sock" ] && break; sleep 0.02; done
    export ANCHORHOLD_SOCKET=$tap_tmp/run/sock
    check "the socket is for owner and group" test "$(stat -c '%a %g' "$ANCHORHOLD_SOCKET")" = "660 4243"
    check "a member of the group may use it" says "open 0x00000000" $member $client - open $hello
    check "another user may not" fails_saying "denied" $other $client - open $hello
    check "login by user" says "open 0x00000000" $member $client - open $hello user
    check "login by a group of the client" says "open 0x00000000" $member $client - open $hello group=4243
    check "login by its first group" says "open 0x00000000" $member $client - open $hello group=5001
    check "login by a foreign group is denied" says "open 0xffff0001" $member $client - open $hello group=0
    check "login as a TA is refused" says "open 0xffff0006" $member $client - open $hello login=0xf0000000
    check "login by application is refused, as on Linux" says "open 0xffff0006" $member $client - open $hello login=4
    kill "$system_pid"
    check "ends on SIGTERM" gone "$system_pid"
    unset ANCHORHOLD_SOCKET
    s=$tap_tmp/mine
    mkdir -m 700 "$s" && chown 4242:4242 "$s"
    check "a state of another user is refused" fails_saying "belongs to user 4242" "$host" --private --state "$s"
else
    skip "identities and a system-wide instance" "not run by root"
fi

# --- the signing tool
check "inspect" says "flags        none" "$image" inspect "$good"
check "verify-ta by the build's key" says accepted "$image" verify-ta --key "${TA_KEY:-build/keys/ta-development.pem}" "$good"
check "verify-ta by another key" fails_saying "signature does not verify" "$image" verify-ta --key "$tap_tmp/foreign.pem" "$good"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$tap_tmp/p384.pem" 2>/dev/null
check "a key of another curve" fails_saying "EC P-256" "$image" public-key --key "$tap_tmp/p384.pem"
elf=$build/obj/test/ta/rogue.elf
softhsm=$(find /usr/lib -name libsofthsm2.so 2>/dev/null | head -1)
if [ -n "$softhsm" ]; then
    mkdir "$tap_tmp/tokens"
    echo "directories.tokendir = $tap_tmp/tokens" >"$tap_tmp/softhsm2.conf"
    export SOFTHSM2_CONF=$tap_tmp/softhsm2.conf PKCS11_MODULE_PATH=$softhsm
    {
        softhsm2-util --init-token --free --label release --so-pin 12345678 --pin 1234
        pkcs11-tool --module "$softhsm" --token-label release --login --pin 1234 --keypairgen \
            --key-type EC:prime256v1 --label signer --id 01
    } >"$tap_tmp/softhsm.log" 2>&1
    uri="pkcs11:token=release;object=signer;pin-value=1234"
    check "an image signed by a key in a token" "$image" sign-ta --key "$uri" --manifest test/ta/rogue/manifest "$elf" \
        "$tap_tmp/release.ta"
    check "verifies under that key" says accepted "$image" verify-ta --key "$uri" "$tap_tmp/release.ta"
    check "and carries no development mark" says "a release key" "$image" inspect "$tap_tmp/release.ta"
    check "a URI without a key" fails_saying "no key through OpenSSL" "$image" public-key --key "pkcs11:token=none;object=none"
else
    skip "an image signed by a key in a token" "no SoftHSM2"
fi
bad_manifest() { # text sed-expression
    sed "$2" test/ta/rogue/manifest >"$tap_tmp/manifest"
    fails_saying "$1" "$image" sign-ta --key "$tap_tmp/foreign.pem" --manifest "$tap_tmp/manifest" "$elf" "$tap_tmp/out.ta"
}
check "manifest: unknown key" bad_manifest "unknown key heep" 's/^heap/heep/'
check "manifest: missing key" bad_manifest "heap is missing" '/^heap/d'
check "manifest: twice" bad_manifest "given twice" 's/^heap.*/&\n&/'
check "manifest: bad size" bad_manifest "a number with K or M" 's/4M/4G/'
check "manifest: bad flag" bad_manifest "words from" 's/^flags.*/flags = multi_session/'
check "manifest: flags that need another" bad_manifest "need the flag single-instance" 's/^flags.*/flags = keep-alive/'
check "manifest: lanes out of range" bad_manifest "lanes is not 1 to 64" 's/^lanes.*/lanes = 65/'
check "manifest: bad uuid" bad_manifest "uuid must be like" 's/^uuid.*/uuid = 1-2-3/'
refuse "none of them left a file" test -e "$tap_tmp/out.ta"
# --- an end while one trusted application still holds a session to another
ends=$tap_tmp/ends
start "$ends"
ANCHORHOLD_STATE=$ends "$build/bin/anchorhold" status >/dev/null
printf 12345678 >"$tap_tmp/pin"
check "a token makes the PKCS#11 TA a client of the storage TA" env ANCHORHOLD_STATE="$ends" \
    "$build/bin/anchorhold" token init --label ends --so-pin-file "$tap_tmp/pin" --pin-file "$tap_tmp/pin"
check "which then runs" grep -q "application storage .* started" "$ends/log"
daemon=$(pid_of "$ends")
kill "$daemon"
check "both stop, the caller first" gone "$daemon"
check "as they were told" grep -q "application storage .* stopped" "$ends/log"
refuse "and none had to be killed" grep -q "did not stop in time" "$ends/log"
refuse "no sanitizer has complained" grep -qE "Sanitizer|runtime error" "$tap_tmp/serve.log"
finish
