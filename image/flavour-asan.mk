# SPDX-License-Identifier: BSD-2-Clause
# AddressSanitizer and UndefinedBehaviorSanitizer: their run-time is a shared library that reads
# files at start, so trusted applications are dynamic here and their sandbox lets them read.
CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
TA_LDFLAGS     := -pie
SANDBOX_POLICY := host/policy_sanitizer.c
