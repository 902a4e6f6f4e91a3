# SPDX-License-Identifier: BSD-2-Clause
# Trusted applications: each ta/<name> holds its sources and a manifest. The linked program is
# packed and signed into <uuid>.ta; a change of sources, manifest or key makes it anew.
TAS     := pkcs11 storage hello
ta_uuid  = $(shell sed -n 's/^uuid[ \t]*=[ \t]*//p' $(1)/manifest)
TA_DIR  := $(LIBEXEC)/ta
OBJCOPY ?= objcopy
TA_KEY  ?= build/keys/ta-development.pem
TA_KEY_FILE := $(filter-out pkcs11:%,$(TA_KEY)) # a key in a token is no file to depend on
TA_SIGN := $(ANCHORHOLD_IMAGE) sign-ta --key '$(TA_KEY)' \
    $(if $(filter build/keys/ta-development.pem,$(TA_KEY)),--development)

# A TA shows the TEE library its entry points only, so that neither has to know the other's names.
TA_SHOWN := $(addprefix --keep-global-symbol=TA_,CreateEntryPoint DestroyEntryPoint \
    OpenSessionEntryPoint CloseSessionEntryPoint InvokeCommandEntryPoint)

# $(1) folder of the TA, $(2) where its signed image goes
define ta_rules
$(O)/$(1).o: $(call objs,$(wildcard $(1)/*.c))
	$(LD) -r -o $$@ $$^ && $(OBJCOPY) $(TA_SHOWN) $$@
$(O)/$(1).elf: $(O)/$(1).o $(call objs,$(TA_STATIC)) $(LIBTEE) $(LIBAH)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$(CC) $(CFLAGS) $(LDFLAGS) $(TA_LDFLAGS) -Wl,--gc-sections -s -o $$@ $$< $(call objs,$(TA_STATIC)) \
	    -Wl,--start-group $(LIBTEE) $(LIBAH) -Wl,--end-group -lbearssl -lcrypto -pthread
$(2)/$(call ta_uuid,$(1)).ta: $(O)/$(1).elf $(1)/manifest $(ANCHORHOLD_IMAGE) $(TA_KEY_FILE)
	@mkdir -p $$(@D)
	$$(call say,SIGN,$$@)
	$(TA_SIGN) --manifest $(1)/manifest $$< $$@
PRODUCTS_TA += $(2)/$(call ta_uuid,$(1)).ta
endef
$(foreach t,$(TAS),$(if $(wildcard ta/$(t)/manifest),$(eval $(call ta_rules,ta/$(t),$(TA_DIR)))))
PRODUCTS += $(PRODUCTS_TA)
