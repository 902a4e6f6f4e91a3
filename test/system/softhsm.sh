#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Run a PKCS#11 test program against SoftHSM2 with a token store of its own, so that the tests are
# tested by another implementation: softhsm.sh PROGRAM [ARGUMENTS...]
set -eu
module=/usr/lib/softhsm/libsofthsm2.so
if [ ! -e $module ]; then
    echo "ok 1 - softhsm2 # SKIP not installed"
    echo 1..1
    exit 0
fi
dir=${ANCHORHOLD_STATE:-$(mktemp -d)}/softhsm
rm -rf "$dir"
mkdir -p "$dir/tokens"
cat >"$dir/conf" <<EOF
directories.tokendir = $dir/tokens
objectstore.backend = file
log.level = ERROR
EOF
export SOFTHSM2_CONF="$dir/conf"
program=$1
shift
exec "$program" --module $module "$@"
