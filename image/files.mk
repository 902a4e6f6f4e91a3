# SPDX-License-Identifier: BSD-2-Clause
# anchorhold-image: packs, signs and explains images. Also the development key.
ANCHORHOLD_IMAGE := $(B)/bin/anchorhold-image
image_SRC := $(wildcard image/*.c)

$(ANCHORHOLD_IMAGE): $(call objs,$(image_SRC)) $(LIBAH)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbearssl -lcrypto

PRODUCTS += $(ANCHORHOLD_IMAGE)

build/keys/ta-development.pem:
	@mkdir -p $(@D)
	@umask 077; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $@ 2>/dev/null
	@echo "made $@: a development key for signing trusted applications; a release names its own (make TA_KEY=...)"
