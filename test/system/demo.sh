#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The demo as a test: it passes when every one of its attempts ended as it must.
cd "$(dirname "$0")/../.." || exit 2
if ./image/demo.sh; then echo "ok 1 - demo"; else echo "not ok 1 - demo"; fi
echo 1..1
