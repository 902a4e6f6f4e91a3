#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The main job end to end, on real programs: two devices get a key made inside the TEE and a
# certificate for it, and use it for mutual TLS with a real nginx and a real mosquitto. Then every
# attempt to use it without the token, or to get the key out, must be refused. Ends with a table;
# exits non-zero when anything differs from what must happen. Servers listen on loopback only, files
# live in one temporary directory; both are gone at the end, however it ends.
set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD
bin=$root/build/host/bin
export PKCS11_MODULE_PATH=$root/build/host/lib/libanchorhold.so
unset ANCHORHOLD_SOCKET ANCHORHOLD_TA_PATH
umask 077
work=$(mktemp -d "${TMPDIR:-/tmp}/anchorhold-demo.XXXXXX") || exit 1
pids=() rows=() wrong=0

bold='' red='' green='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'; fi

end_instances() { # the daemons whose state is beneath the temporary directory
    local p ended=()
    for p in $(grep -lsaF -- "$work/" /proc/[0-9]*/cmdline); do
        p=${p%/cmdline}
        case $(tr '\0' '\n' 2>/dev/null <"$p/cmdline" | head -n 1) in
        */anchorhold-host) kill "${p#/proc/}" 2>/dev/null && ended+=("${p#/proc/}") ;;
        esac
    done
    for p in "${ended[@]}"; do
        for _ in $(seq 50); do kill -0 "$p" 2>/dev/null && sleep 0.02 || break; done
        kill -9 "$p" 2>/dev/null # the storage survives that, and a demo does not wait
    done
    return 0
}

clean_up() {
    for p in "${pids[@]}"; do kill "$p" 2>/dev/null && wait "$p" 2>/dev/null; done
    end_instances
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

step() { echo "${bold}$*${plain}"; }

die() {
    echo "${red}demo: $*${plain}" >&2
    tail -n 20 "$work/out" 2>/dev/null | sed 's/^/    /' >&2
    exit 1
}

must() { "$@" >"$work/out" 2>&1 </dev/null || die "failed: $*"; } # set-up that has to work

# Try something: `attempt works|refused "what" "words" command...`. The output must hold the words, so
# that a refusal for another reason than the one that is shown does not pass.
attempt() {
    local want=$1 what=$2 words=$3 got said
    shift 3
    if "$@" >"$work/out" 2>&1 </dev/null; then got=works; else got=refused; fi
    said=$(grep -m 1 -iE -- "$words" "$work/out" | tr -d '\r' | sed -e "s|$work/||g" -e 's/<[^>]*>//g' \
        -e 's/^ *//' -e 's/  */ /g' | cut -c1-76)
    if [ -n "$words" ] && ! grep -qiE -- "$words" "$work/out"; then got="$got, for another reason"; fi
    if [ "$got" = "$want" ]; then
        echo "    ${green}$got${plain}  $what"
    else
        wrong=$((wrong + 1))
        echo "    ${red}$got, must be $want${plain}  $what"
        sed 's/^/        /' "$work/out"
    fi
    rows+=("$what|$want|$got|$said")
}

on() { # device command...: in the TEE of that device
    local dev=$1
    shift
    ANCHORHOLD_STATE=$work/$dev/state "$@"
}

ah() { # device arguments...: the anchorhold command there
    local dev=$1
    shift
    on "$dev" "$bin/anchorhold" "$@" --quiet
}

uri() { # device type: with the slashes of the file's path encoded, so that it can also name a file
    echo "pkcs11:token=$1;object=tls;type=$2;pin-source=file:${work//\//%2F}%2F$1%2Fpin"
}

free_port() {
    local p
    for _ in $(seq 100); do
        p=$((20000 + RANDOM))
        (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo $p; return; }
    done
}

wait_port() {
    for _ in $(seq 200); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        sleep 0.02
    done
    return 1
}

# --- the fleet's certificate authority, and a foreign one ------------------------------------------

make_ca() { # name
    mkdir -p "$work/$1/new"
    : >"$work/$1/index"
    echo 01 >"$work/$1/serial"
    echo 01 >"$work/$1/crlnumber"
    cat >"$work/$1/ca.cnf" <<EOF
[ca]
default_ca = this
[this]
dir = $work/$1
database = \$dir/index
serial = \$dir/serial
crlnumber = \$dir/crlnumber
new_certs_dir = \$dir/new
certificate = \$dir/ca.pem
private_key = \$dir/ca.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = names
copy_extensions = copy
unique_subject = no
[names]
organizationName = optional
commonName = supplied
EOF
    must openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
        -subj "/O=Demo/CN=$1 CA" -keyout "$work/$1/ca.key" -out "$work/$1/ca.pem"
    must openssl ca -config "$work/$1/ca.cnf" -gencrl -out "$work/$1/crl.pem"
}

issue() { # ca request certificate
    must openssl ca -batch -notext -config "$work/$1/ca.cnf" -in "$2" -out "$3"
}

file_identity() { # ca name [san]: key and certificate in files
    must openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=Demo/CN=$2" \
        ${3:+-addext "subjectAltName=$3"} -keyout "$work/$1/$2.key" -out "$work/$1/$2.csr"
    issue "$1" "$work/$1/$2.csr" "$work/$1/$2.pem"
}

# --- a device ---------------------------------------------------------------------------------------

make_device() { # name
    local d=$work/$1
    mkdir -p "$d/state"
    printf %s "$(openssl rand -hex 8)" >"$d/pin" # the engine takes the whole file
    printf %s "$(openssl rand -hex 8)" >"$d/so-pin"
    must ah "$1" token init --label "$1" --so-pin-file "$d/so-pin" --pin-file "$d/pin"
    must ah "$1" key generate --label tls --type ec:P-256 --pin-file "$d/pin"
    must ah "$1" csr --label tls --subject "/O=Demo/CN=$1" --pin-file "$d/pin" --out "$d/device.csr"
    issue fleet "$d/device.csr" "$d/device.pem"
    must ah "$1" cert import --in "$d/device.pem" --pin-file "$d/pin"
}

# --- servers ----------------------------------------------------------------------------------------

start_nginx() {
    local d=$work/nginx user=
    mkdir -p "$d"
    [ "$(id -u)" -ne 0 ] || user='user root;'
    https=$(free_port)
    cat >"$d/nginx.conf" <<EOF
$user
daemon off;
worker_processes 1;
pid $d/pid;
error_log $d/error.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $d/body; proxy_temp_path $d/proxy; fastcgi_temp_path $d/fastcgi;
    uwsgi_temp_path $d/uwsgi; scgi_temp_path $d/scgi;
    server {
        listen 127.0.0.1:$https ssl;
        ssl_certificate $work/fleet/localhost.pem;
        ssl_certificate_key $work/fleet/localhost.key;
        ssl_client_certificate $work/fleet/ca.pem;
        ssl_crl $work/fleet/crl.pem;
        ssl_verify_client on;
        ssl_protocols TLSv1.2 TLSv1.3;
        location / { default_type text/plain; return 200 "welcome \$ssl_client_s_dn\n"; }
    }
}
EOF
    nginx -p "$d" -e "$d/error.log" -c "$d/nginx.conf" >"$d/out" 2>&1 </dev/null &
    pids+=($!)
    wait_port "$https" || { cp "$d/error.log" "$work/out"; die "nginx did not start"; }
}

start_mosquitto() {
    local d=$work/mosquitto user=
    mkdir -p "$d"
    [ "$(id -u)" -ne 0 ] || user='user root'
    mqtts=$(free_port)
    printf 'pattern readwrite devices/%%u/#\n' >"$d/acl"
    cat >"$d/mosquitto.conf" <<EOF
$user
persistence false
log_dest file $d/log
acl_file $d/acl
listener $mqtts 127.0.0.1
allow_anonymous false
cafile $work/fleet/ca.pem
certfile $work/fleet/localhost.pem
keyfile $work/fleet/localhost.key
crlfile $work/fleet/crl.pem
require_certificate true
use_identity_as_username true
EOF
    mosquitto -c "$d/mosquitto.conf" >"$d/out" 2>&1 </dev/null &
    mosquitto_pid=$!
    pids+=($!)
    wait_port "$mqtts" || { cat "$d/out" "$d/log" >"$work/out" 2>/dev/null; die "mosquitto did not start"; }
}

web() { # curl arguments...: succeeds when the server lets us in; its answer is the output
    curl --silent --show-error --fail-with-body --max-time 20 --cacert "$work/fleet/ca.pem" "$@" \
        "https://localhost:$https/" --resolve "localhost:$https:127.0.0.1"
}

# A token's certificate and key for curl and for mosquitto's programs.
web_token() { # device curl-arguments...
    local dev=$1
    shift
    on "$dev" web --engine pkcs11 --key-type ENG --key "$(uri "$dev" private)" \
        --cert-type ENG --cert "$(uri "$dev" cert)" "$@"
}

mqtt() { # pub|sub arguments...; when refused, the broker's own words are the last of the output
    local what=$1 log=$work/mosquitto/log before
    before=$(stat -c %s "$log")
    shift
    timeout 20 mosquitto_"$what" -h localhost -p "$mqtts" --cafile "$work/fleet/ca.pem" "$@" && return 0
    sleep 0.1
    tail -c +$((before + 1)) "$log" | grep 'OpenSSL Error'
    return 1
}

# mosquitto's programs want the key option to name a file that exists before they ask the engine for
# it, so there is an empty one with that name.
mqtt_token() { # device pub|sub arguments...
    local dev=$1 what=$2
    shift 2
    cd "$work/mosquitto" || return 0
    : >"$(uri "$dev" private)"
    on "$dev" mqtt "$what" --tls-engine pkcs11 --keyform engine --key "$(uri "$dev" private)" \
        --cert "$work/$dev/device.pem" "$@"
    local status=$?
    cd "$root" || exit 1
    return $status
}

# --- thefts ----------------------------------------------------------------------------------------

ta_pids() { # device: processes of its trusted applications
    ah "$1" status --json | grep -o '"pid":[0-9]*' | cut -d: -f2 | tail -n +2
}

another_user() { # command...
    if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
}

read_memory() { # succeeds when memory or environment of a TA of the device can be read
    local p n=0
    for p in $(ta_pids "$1"); do
        n=$((n + 1))
        another_user head -c 1 "/proc/$p/mem" && return 0
        another_user head -c 1 "/proc/$p/environ" && return 0
        another_user cat "/proc/$p/maps" && return 0
    done
    [ $n -gt 0 ] || { echo "no trusted application is running"; return 0; }
    return 1
}

clone() { # new-name all|storage: a copy of device-1's files
    mkdir -p "$work/$1/state"
    cp "$work/device-1/pin" "$work/$1/pin"
    cp -r "$work/device-1/state/store" "$work/$1/state/"
    [ "$2" = storage ] || cp "$work/device-1/state/device.key" "$work/$1/state/"
}

# The largest file of the store, where the keys are.
store_file() { find "$work/$1/state/store" -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-; }

flip() { # file offset: the lowest bit of one byte
    local b
    b=$(od -An -tu1 -j "$2" -N1 "$1" | tr -d ' ')
    printf "%b" "\\x$(printf %02x $((b ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

use_key() { # device-of-files: sign something with the key that device-1 made
    ah "$1" csr --token device-1 --label tls --subject /CN=thief --pin-file "$work/$1/pin" && return 0
    tail -n 3 "$work/$1/state/log"
    return 1
}

# --------------------------------------------------------------------------------------------------

for f in "$bin/anchorhold" "$PKCS11_MODULE_PATH" build/host/test/system/theft; do
    [ -e "$f" ] || die "$f is missing; run make demo"
done

step "Certificate authorities: the fleet's, and a foreign one"
make_ca fleet
make_ca foreign
file_identity fleet localhost DNS:localhost,IP:127.0.0.1
file_identity foreign device-1

step "Two devices: a token each, a P-256 key made inside the TEE, a request signed there, a certificate"
make_device device-1
make_device device-2
ah device-1 key list --pin-file "$work/device-1/pin" | sed 's/^/    /'

step "Servers: nginx (ssl_verify_client on, CRL) and mosquitto (require_certificate, use_identity_as_username)"
start_nginx
start_mosquitto

step "What must work"
for d in device-1 device-2; do
    attempt works "$d: curl to nginx, TLS 1.3" "welcome CN=$d" web_token $d --tlsv1.3
done
attempt works "device-1: curl to nginx, TLS 1.2" "welcome CN=device-1" web_token device-1 --tls-max 1.2
attempt works "device-1: mosquitto_pub to its topic" "" mqtt_token device-1 pub -q 1 -r -t devices/device-1/state -m "hello from the TEE"
attempt works "device-1: mosquitto_sub from its topic" "hello from the TEE" mqtt_token device-1 sub -C 1 -W 10 -t devices/device-1/state
attempt works "device-2: mosquitto_pub to its topic" "" mqtt_token device-2 pub -q 1 -t devices/device-2/state -m hello

step "What must fail: getting in"
attempt refused "curl without a certificate" "No required SSL certificate was sent" web
attempt refused "curl with a certificate of a foreign CA" "SSL certificate error" web --cert "$work/foreign/device-1.pem" --key "$work/foreign/device-1.key"
attempt refused "mosquitto_pub without a certificate" "peer did not return a certificate" mqtt pub -t devices/device-1/state -m x
attempt refused "mosquitto_pub with a certificate of a foreign CA" "certificate verify failed" mqtt pub -t devices/device-1/state -m x \
    --cert "$work/foreign/device-1.pem" --key "$work/foreign/device-1.key"
attempt refused "device-1's certificate with a key of the thief" "unable to set private key file" web --cert "$work/device-1/device.pem" --key "$work/foreign/device-1.key"
attempt refused "device-1's certificate with device-2's token" "unable to set private key" on device-2 web --engine pkcs11 --key-type ENG \
    --key "$(uri device-2 private)" --cert "$work/device-1/device.pem"
attempt refused "device-1's token with a wrong PIN" "login failed" on device-1 web --engine pkcs11 --key-type ENG \
    --key "pkcs11:token=device-1;object=tls;type=private;pin-value=wrong" --cert "$work/device-1/device.pem"

must openssl ca -config "$work/fleet/ca.cnf" -revoke "$work/device-2/device.pem"
must openssl ca -config "$work/fleet/ca.cnf" -gencrl -out "$work/fleet/crl.pem"
must nginx -p "$work/nginx" -e "$work/nginx/error.log" -c "$work/nginx/nginx.conf" -s reload
kill "$mosquitto_pid" && wait "$mosquitto_pid" 2>/dev/null
start_mosquitto
for _ in $(seq 100); do # until the new worker of nginx has taken over
    web_token device-2 >/dev/null 2>&1 || break
    sleep 0.05
done
attempt refused "device-2, revoked: curl to nginx" "SSL certificate error" web_token device-2
attempt refused "device-2, revoked: mosquitto_pub" "certificate verify failed" mqtt_token device-2 pub -t devices/device-2/state -m x
attempt works "device-1, not revoked: curl to nginx" "welcome CN=device-1" web_token device-1

step "What must fail: getting the key out"
theft() { ANCHORHOLD_PIN=$(cat "$work/device-1/pin") on device-1 build/host/test/system/theft \
    --module "$PKCS11_MODULE_PATH" --token device-1 --label tls; }
# theft exits 0 when every way was refused, so this is turned round
got_out() { if theft; then return 1; else return 0; fi; }
attempt refused "C_GetAttributeValue(CKA_VALUE) and every other way" CKR_ATTRIBUTE_SENSITIVE got_out
sed 's/^/        /' "$work/out"
if [ "$(id -u)" -eq 0 ]; then who="another user"; else who="its own user"; fi
attempt refused "reading the memory of the TAs as $who" "Permission denied" read_memory device-1

end_instances # nothing writes while files are copied
clone thief storage
attempt refused "device-1's storage files in another instance" "no token called device-1" use_key thief
clone damaged all
attempt works "device-1's files and device secret together" "BEGIN CERTIFICATE REQUEST" use_key damaged
end_instances
f=$(store_file damaged)
size=$(stat -c %s "$f")
flip "$f" $((size / 2))
attempt refused "the same with one bit flipped in the middle" "corrupt|verify" use_key damaged
end_instances
flip "$f" $((size / 2))
attempt works "the same with the bit flipped back" "BEGIN CERTIFICATE REQUEST" use_key damaged
attempt works "device-1 itself, after all that" "welcome CN=device-1" web_token device-1

echo
printf "${bold}%-52s %-8s %-8s %s${plain}\n" "tried" "must be" "was" "said"
for r in "${rows[@]}"; do
    IFS='|' read -r what want got said <<<"$r"
    colour=$green
    [ "$want" = "$got" ] || colour=$red
    printf "%-52s %-8s ${colour}%-8s${plain} %s\n" "$what" "$want" "$got" "$said"
done
echo
if [ $wrong -ne 0 ]; then
    echo "${red}$wrong of ${#rows[@]} attempts did not end as they must${plain}"
    exit 1
fi
echo "${green}all ${#rows[@]} attempts ended as they must${plain}: the key was used only through its token, and never left it"
