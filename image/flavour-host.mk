# SPDX-License-Identifier: BSD-2-Clause
# The product: trusted applications are static position-independent executables.
TA_LDFLAGS     := -static-pie -Wl,--wrap=dlopen
SANDBOX_POLICY := host/policy_strict.c
TA_STATIC      := tee/host/static/absent.c
