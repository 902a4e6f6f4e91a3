#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Install the Debian packages that are missing: setup.sh build|demo|test. Says what it installs,
# does nothing when all is there, and goes on when an index of a foreign architecture is unreachable.
set -eu
build="gcc make libc6-dev libssl-dev libbearssl-dev libseccomp-dev libp11-kit-dev openssl pkg-config"
demo="$build nginx-light mosquitto mosquitto-clients curl libengine-pkcs11-openssl"
test="$demo clang clang-format libclang-rt-14-dev libcmocka-dev opensc softhsm2 p11-kit gnutls-bin openssh-server openssh-client python3 python3-cryptography-vectors valgrind strace procps mandoc"
case ${1:-build} in
build) want=$build ;;
demo) want=$demo ;;
test) want=$test ;;
*) echo "usage: setup.sh build|demo|test" >&2; exit 2 ;;
esac
missing=
for p in $want; do
    dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -q '^installed$' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
echo "set-up: installing Debian packages:$missing"
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "set-up: run as root, or install these yourself:$missing" >&2; exit 1; }
    sudo=sudo
fi
export DEBIAN_FRONTEND=noninteractive
# An index that cannot be fetched is not fatal: the packages may still be found in the others.
${sudo:-} apt-get -o DPkg::Lock::Timeout=600 -qq update || echo "set-up: some package index could not be fetched; going on"
# Services of installed packages must not start by themselves on a build machine.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | ${sudo:-} tee $policy >/dev/null && ${sudo:-} chmod 755 $policy && made=1
fi
status=0
# shellcheck disable=SC2086
${sudo:-} apt-get -o DPkg::Lock::Timeout=600 -qq install -y --no-install-recommends $missing >/dev/null || status=$?
[ -z "$made" ] || ${sudo:-} rm -f $policy
exit $status
