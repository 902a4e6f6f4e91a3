# SPDX-License-Identifier: BSD-2-Clause
# ThreadSanitizer: as the asan flavour.
CFLAGS  += -fsanitize=thread -fno-omit-frame-pointer
LDFLAGS += -fsanitize=thread
TA_LDFLAGS     := -pie
SANDBOX_POLICY := host/policy_sanitizer.c
