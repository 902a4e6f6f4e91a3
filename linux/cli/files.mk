# SPDX-License-Identifier: BSD-2-Clause
# The anchorhold command. It loads the module and libteec from ../lib beside its own folder; the
# private keys are theirs, libcrypto here only encodes requests and reads certificates.
ANCHORHOLD := $(B)/bin/anchorhold
cli_SRC    := $(wildcard linux/cli/*.c)

$(ANCHORHOLD): $(call objs,$(cli_SRC)) $(LIBAH)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ -lcrypto -ldl -pthread

$(B)/share/man/man1/anchorhold.1: linux/cli/anchorhold.1
	@mkdir -p $(@D)
	cp $< $@

PRODUCTS += $(ANCHORHOLD) $(B)/share/man/man1/anchorhold.1
