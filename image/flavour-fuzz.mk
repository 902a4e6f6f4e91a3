# SPDX-License-Identifier: BSD-2-Clause
# libFuzzer: everything instrumented for coverage and by AddressSanitizer and UBSan; what is linked
# in the end are the programs of test/fuzz.
CC      := clang
CFLAGS  += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
TA_LDFLAGS     := -pie
SANDBOX_POLICY := host/policy_sanitizer.c
