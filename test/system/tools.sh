#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Programs that people use, against the module as they would use it: pkcs11-tool, p11tool, ssh,
# openssl with the pkcs11 engine, curl with nginx. Signatures are verified by openssl from the
# exported public key; TLS is spoken with a server that demands a client certificate.
set -u
cd "$(dirname "$0")/../.." || exit 2
. test/lib.sh
export BUILD=${BUILD:-$PWD/build/host}
module=${MODULE:-$BUILD/lib/libanchorhold.so}
export PKCS11_MODULE_PATH=$module
t=$tap_tmp
pin=12345678 so=87654321
tool() { pkcs11-tool --module "$module" "$@"; }
login() { tool --login --pin $pin "$@"; }
has() { # pattern command...: the command succeeds and its output holds the pattern
    local pattern=$1
    shift
    "$@" >"$t/has" 2>&1 || { cat "$t/has"; return 1; }
    cat "$t/has"
    grep -qE -- "$pattern" "$t/has"
}

# --- pkcs11-tool -------------------------------------------------------------------------------------
check "pkcs11-tool -I" has Cryptoki tool -I
check "pkcs11-tool -L" has "Slot 0|Slot [0-9]" tool -L
check "pkcs11-tool --init-token" tool --init-token --slot-index 0 --label tools --so-pin $so
check "pkcs11-tool -L shows the token" has "token label *: *tools" tool -L
check "pkcs11-tool --init-pin" tool --init-pin --login --login-type so --so-pin $so --pin $pin
check "pkcs11-tool -M" has "ECDSA.*sign" tool -M
check "pkcs11-tool --login --test" has "No errors" login --test
check "pkcs11-tool --change-pin" tool --login --pin $pin --change-pin --new-pin 11223344
check "pkcs11-tool --change-pin back" tool --login --pin 11223344 --change-pin --new-pin $pin
refuse "pkcs11-tool with a wrong PIN" tool --login --pin 00000000 -O
refuse "pkcs11-tool with an unknown id" login --sign -m ECDSA --id 7777 -i test/lib.sh -o "$t/x"

keys=("ec256:EC:prime256v1" "ec384:EC:secp384r1" "ec521:EC:secp521r1" "rsa2048:rsa:2048" "rsa3072:rsa:3072")
n=1
for k in "${keys[@]}"; do
    IFS=: read -r label type arg <<<"$k"
    check "pkcs11-tool --keypairgen $label" login --keypairgen --key-type "$type:$arg" --label "$label" --id "0$n" --usage-sign
    check "openssl engine reads the public key $label" openssl pkey -engine pkcs11 -inform engine -pubin \
        -in "pkcs11:token=tools;object=$label;type=public" -pubout -out "$t/$label.pub"
    [ $label = ec384 ] && { n=$((n + 1)); continue; } # OpenSC 0.23 misreads a point that begins 04 61
    check "pkcs11-tool reads the same $label" tool --read-object --type pubkey --label "$label" -o "$t/$label.der"
    openssl pkey -pubin -inform DER -in "$t/$label.der" -out "$t/$label.pem.pub" 2>/dev/null
    check "... and openssl agrees" cmp "$t/$label.pub" "$t/$label.pem.pub"
    n=$((n + 1))
done
check "pkcs11-tool -O lists them" has "Private Key Object" login -O
check "pkcs11-tool -O without login shows no private key" has "Public Key Object" tool -O
refuse "... really none" has "Private Key Object" tool -O

# mechanism, key, openssl's digest and options
head -c 1000 /dev/urandom >"$t/data"
verify() { # label digest signature options...
    local label=$1 digest=$2 sig=$3
    shift 3
    openssl dgst "-$digest" -verify "$t/$label.pub" "$@" -signature "$sig" "$t/data"
}
while read -r mech label id digest extra; do
    check "pkcs11-tool --sign $mech $label" login --sign -m "$mech" --id "$id" --signature-format openssl -i "$t/data" -o "$t/sig"
    # shellcheck disable=SC2046
    check "openssl verifies $mech $label" verify "$label" "$digest" "$t/sig" \
        $([ -z "$extra" ] || echo -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest)
done <<EOF
ECDSA-SHA256 ec256 01 sha256
ECDSA-SHA384 ec384 02 sha384
ECDSA-SHA512 ec521 03 sha512
ECDSA-SHA1 ec256 01 sha1
SHA256-RSA-PKCS rsa2048 04 sha256
SHA512-RSA-PKCS rsa3072 05 sha512
SHA256-RSA-PKCS-PSS rsa2048 04 sha256 pss
EOF

# --- certificates, with openssl's engine --------------------------------------------------------------
obj() { echo "pkcs11:token=tools;object=$1;type=private;pin-value=$pin"; }
for label in ec256 rsa2048; do
    check "openssl engine: self-signed certificate with $label" openssl req -new -x509 -days 2 -sha256 \
        -subj "/CN=$label" -engine pkcs11 -keyform engine -key "$(obj $label)" -out "$t/$label.pem"
    check "openssl verifies it" openssl verify -CAfile "$t/$label.pem" "$t/$label.pem"
    openssl x509 -in "$t/$label.pem" -outform DER -out "$t/$label.crt"
    id=01
    [ $label = rsa2048 ] && id=04
    check "pkcs11-tool writes the certificate of $label" login --write-object "$t/$label.crt" --type cert --label $label --id $id
    check "pkcs11-tool reads it back" tool --read-object --type cert --label $label -o "$t/back.crt"
    check "it is the same" cmp "$t/$label.crt" "$t/back.crt"
done
check "openssl engine: pkeyutl signs a digest" openssl pkeyutl -sign -engine pkcs11 -keyform engine -inkey "$(obj ec256)" \
    -rawin -digest sha256 -in "$t/data" -out "$t/sig"
check "openssl verifies it without the engine" openssl dgst -sha256 -verify "$t/ec256.pub" -signature "$t/sig" "$t/data"
check "pkcs11-tool deletes an object" login --delete-object --type pubkey --label ec521

# --- p11tool ------------------------------------------------------------------------------------------
if command -v p11tool >/dev/null; then
    check "p11tool --list-tokens" has "token=tools" p11tool --provider "$module" --list-tokens
    check "p11tool --list-all-certs" has "Label: ec256" p11tool --provider "$module" --list-all-certs "pkcs11:token=tools"
    check "p11tool --list-privkeys" has "Label: rsa3072" p11tool --provider "$module" --login --set-pin=$pin --list-privkeys "pkcs11:token=tools"
    check "p11tool --test-sign" p11tool --provider "$module" --login --set-pin=$pin --test-sign "pkcs11:token=tools;object=ec256;type=private"
    check "p11tool --list-mechanisms" has CKM_ECDSA p11tool --provider "$module" --list-mechanisms "pkcs11:token=tools"
else
    skip "p11tool" "not installed"
fi

# --- ssh ----------------------------------------------------------------------------------------------
ssh_login() { # key label
    cat >"$t/askpass" <<EOF
#!/bin/sh
echo $pin
EOF
    chmod 700 "$t/askpass"
    SSH_ASKPASS=$t/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=none timeout 20 ssh -F none -p "$ssh_port" \
        -o PKCS11Provider="$module" -o UserKnownHostsFile="$t/known" -o StrictHostKeyChecking=accept-new \
        -o IdentitiesOnly=no -o IdentityFile=none -o IdentityAgent=none -o PreferredAuthentications=publickey \
        -o PasswordAuthentication=no "$(id -un)@127.0.0.1" echo in by token
}
shell=$(getent passwd "$(id -u)" | cut -d: -f7)
if command -v sshd >/dev/null && [ -x "$shell" ] && [ "${shell##*/}" != nologin ] && [ "${shell##*/}" != false ]; then
    check "ssh-keygen -D" has "ecdsa-sha2-nistp256" ssh-keygen -D "$module"
    ssh-keygen -D "$module" 2>/dev/null | grep -E 'ecdsa-sha2-nistp256' >"$t/authorized"
    chmod 600 "$t/authorized"
    ssh-keygen -q -t ed25519 -N '' -f "$t/hostkey"
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    ssh_port=$(free_port)
    cat >"$t/sshd_config" <<EOF
Port $ssh_port
ListenAddress 127.0.0.1
HostKey $t/hostkey
PidFile $t/sshd.pid
AuthorizedKeysFile $t/authorized
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
EOF
    serve "$(command -v sshd)" -D -e -f "$t/sshd_config"
    wait_port "$ssh_port"
    check "ssh login with the token's key" has "in by token" ssh_login
    : >"$t/authorized"
    refuse "ssh login with a key that the server does not know" ssh_login
    stop "$served"
else
    skip "ssh login" "no sshd, or this user may not log in"
fi

# --- TLS ----------------------------------------------------------------------------------------------
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$t/server.key" -out "$t/server.pem" 2>/dev/null
cat "$t/ec256.pem" "$t/rsa2048.pem" >"$t/clients.pem"
tls_client() { # key protocol extra...
    local label=$1 protocol=$2
    shift 2
    printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 openssl s_client -ign_eof -connect "127.0.0.1:$tls_port" \
        -CAfile "$t/server.pem" -verify_return_error "$protocol" -engine pkcs11 -keyform engine \
        -key "$(obj "$label")" -cert "$t/$label.pem" "$@"
}
tls_port=$(free_port)
serve openssl s_server -accept "127.0.0.1:$tls_port" -cert "$t/server.pem" -key "$t/server.key" \
    -CAfile "$t/clients.pem" -Verify 1 -verify_return_error -www
wait_port "$tls_port"
for label in ec256 rsa2048; do
    for protocol in tls1_2 tls1_3; do
        check "openssl s_client -$protocol with $label" has "200 ok" tls_client $label -$protocol
    done
done
check "TLS 1.3 with RSA signs by PSS" has "Client Certificate Types|200 ok" tls_client rsa2048 -tls1_3 -sigalgs rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256
check "TLS 1.2 with RSA signs by PKCS#1" has "200 ok" tls_client rsa2048 -tls1_2 -sigalgs RSA+SHA256:ECDSA+SHA256
stop "$served"

if command -v nginx >/dev/null && command -v curl >/dev/null; then
    web_port=$(free_port)
    mkdir "$t/web"
    cat >"$t/nginx.conf" <<EOF
$([ "$(id -u)" -ne 0 ] || echo 'user root;')
daemon off;
pid $t/web/pid;
error_log $t/web/error.log;
events { }
http {
    access_log off;
    client_body_temp_path $t/web/b; proxy_temp_path $t/web/p; fastcgi_temp_path $t/web/f;
    uwsgi_temp_path $t/web/u; scgi_temp_path $t/web/s;
    server {
        listen 127.0.0.1:$web_port ssl;
        ssl_certificate $t/server.pem;
        ssl_certificate_key $t/server.key;
        ssl_client_certificate $t/clients.pem;
        ssl_verify_client on;
        ssl_protocols TLSv1.2 TLSv1.3;
        location / { return 200 "\$ssl_client_s_dn \$ssl_protocol\n"; }
    }
}
EOF
    serve nginx -p "$t/web" -e "$t/web/error.log" -c "$t/nginx.conf"
    wait_port "$web_port"
    web() { # key options...
        local label=$1
        shift
        curl -sS --fail-with-body --max-time 20 --cacert "$t/server.pem" --engine pkcs11 --key-type ENG \
            --key "$(obj "$label")" --cert-type ENG --cert "pkcs11:token=tools;object=$label;type=cert" \
            "$@" "https://localhost:$web_port/" --resolve "localhost:$web_port:127.0.0.1"
    }
    for label in ec256 rsa2048; do
        check "curl to nginx, TLS 1.2, $label" has "CN=$label TLSv1.2" web $label --tls-max 1.2
        check "curl to nginx, TLS 1.3, $label" has "CN=$label TLSv1.3" web $label --tlsv1.3
    done
    refuse "curl to nginx without a certificate" curl -sS --fail --cacert "$t/server.pem" "https://localhost:$web_port/"
else
    skip "curl and nginx" "not installed"
fi

# --- the anchorhold command ---------------------------------------------------------------------------
ah() { "$BUILD/bin/anchorhold" "$@"; }
printf %s $pin >"$t/pin"
printf %s $so >"$t/so"
if [ -x "$BUILD/bin/anchorhold" ] && [ -z "${MODULE:-}" ]; then
    check "anchorhold status" has 'token "tools"' ah status
    check "anchorhold status --json is JSON" sh -c "'$BUILD/bin/anchorhold' status --json | python3 -m json.tool"
    check "anchorhold selftest" has passed ah selftest
    check "anchorhold token init" ah token init --label second --so-pin-file "$t/so" --pin-file "$t/pin"
    refuse "anchorhold token init with a label in use" ah token init --label second --so-pin-file "$t/so" --pin-file "$t/pin"
    check "anchorhold key generate" ah key generate --token second --label k --pin-file "$t/pin"
    refuse "anchorhold key generate with a label in use" ah key generate --token second --label k --pin-file "$t/pin"
    check "anchorhold csr" ah csr --token second --label k --subject /O=T/CN=k --pin-file "$t/pin" --out "$t/k.csr"
    check "openssl verifies the request" openssl req -in "$t/k.csr" -noout -verify
    openssl x509 -req -in "$t/k.csr" -CA "$t/server.pem" -CAkey "$t/server.key" -days 1 -out "$t/k.pem" 2>/dev/null
    check "anchorhold cert import" ah cert import --token second --in "$t/k.pem" --pin-file "$t/pin"
    refuse "anchorhold cert import of a foreign certificate" ah cert import --token second --in "$t/server.pem" --pin-file "$t/pin"
    check "anchorhold key list" has "certificate" ah key list --token second --pin-file "$t/pin"
    check "anchorhold key list --json is JSON" sh -c "'$BUILD/bin/anchorhold' key list --token second --json | python3 -m json.tool"
    refuse "anchorhold with a wrong PIN" env ANCHORHOLD_PIN=wrongwrong "$BUILD/bin/anchorhold" key list --token second
    ah key list --token nothing >"$t/said" 2>&1
    check "an unknown token is status 3" [ $? -eq 3 ]
    check "the message names it" grep -q "no token called nothing" "$t/said"
    ah frobnicate >"$t/said" 2>&1
    check "an unknown command is status 2" [ $? -eq 2 ]
    mkdir -m 755 "$t/open"
    ANCHORHOLD_STATE=$t/open ah status >"$t/said" 2>&1
    check "a state directory that others can enter is status 5" [ $? -eq 5 ]
    check "and it says how to mend that" grep -q "chmod 700" "$t/said"
    check "the manual page is in order" sh -c "! mandoc -Tlint -Werror linux/cli/anchorhold.1 2>&1 | grep -v mandoc.db"
fi
finish
