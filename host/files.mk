# SPDX-License-Identifier: BSD-2-Clause
# anchorhold-host: the daemon of the hosted TEE, built with the public key of TA_KEY.
ANCHORHOLD_HOST := $(LIBEXEC)/anchorhold-host
host_SRC := $(filter-out host/policy_strict.c host/policy_sanitizer.c,$(wildcard host/*.c)) $(SANDBOX_POLICY)
TA_KEY_C := $(B)/gen/ta_key.c

$(TA_KEY_C): $(ANCHORHOLD_IMAGE) $(TA_KEY_FILE)
	@mkdir -p $(@D)
	$(ANCHORHOLD_IMAGE) public-key --key '$(TA_KEY)' >$@

$(O)/ta_key.o: $(TA_KEY_C)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Ihost $(INC_host) -c -o $@ $<

$(ANCHORHOLD_HOST): $(call objs,$(host_SRC)) $(O)/ta_key.o $(LIBAH)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ -lbearssl -lseccomp -lcrypto

PRODUCTS += $(ANCHORHOLD_HOST)
