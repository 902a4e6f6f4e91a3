# SPDX-License-Identifier: BSD-2-Clause
# The GP Internal Core API that a TA links, with the hosted transport.
tee_SRC      := $(wildcard tee/*.c)
tee_host_SRC := $(wildcard tee/host/*.c)

LIBTEE := $(O)/libtee.a
$(LIBTEE): $(call objs,$(tee_SRC) $(tee_host_SRC))
	@rm -f $@
	$(AR) rcs $@ $^
