# SPDX-License-Identifier: BSD-2-Clause
# Portable code with no OS under it; one archive that everything links.
lib_SRC := $(wildcard lib/*.c)

LIBAH := $(O)/libah.a
$(LIBAH): $(call objs,$(lib_SRC))
	@rm -f $@
	$(AR) rcs $@ $^
