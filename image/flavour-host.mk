# SPDX-License-Identifier: BSD-2-Clause
# The product: trusted applications are static position-independent executables.
TA_LDFLAGS     := -static-pie
SANDBOX_POLICY := host/policy_strict.c
