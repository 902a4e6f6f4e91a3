# SPDX-License-Identifier: BSD-2-Clause
# The PKCS#11 module. It links libc and libteec only: OpenSSL itself loads it. The functions C_* are
# the only ones it exports, and its own calls to them are bound to it, so that two modules in one
# process do not meet.
pkcs11_SRC := $(wildcard linux/pkcs11/*.c)
LIBPKCS11  := $(O)/libpkcs11_module.a
MODULE     := $(B)/lib/libanchorhold.so

$(call objs,$(pkcs11_SRC)): CFLAGS += -fvisibility=default

$(LIBPKCS11): $(call objs,$(pkcs11_SRC))
	@rm -f $@
	$(AR) rcs $@ $^

$(MODULE): $(call objs,$(pkcs11_SRC)) $(LIBAH) $(LIBTEEC) linux/pkcs11/exports.map
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libanchorhold.so -Wl,-z,defs -Wl,-Bsymbolic \
	    -Wl,--version-script=linux/pkcs11/exports.map -Wl,-rpath,'$$ORIGIN' -o $@ \
	    $(call objs,$(pkcs11_SRC)) $(LIBAH) $(LIBTEEC) -pthread

# Where the module will be found; a package says libdir=/usr/lib/....
libdir ?= $(abspath $(B)/lib)
$(B)/share/p11-kit/modules/anchorhold.module: linux/pkcs11/anchorhold.module
	@mkdir -p $(@D)
	sed -e '/^#/d' -e 's|@libdir@|$(libdir)|' $< > $@

PRODUCTS += $(MODULE) $(B)/share/p11-kit/modules/anchorhold.module

# Its unit test brings a TEE of its own in place of libteec.
$(B)/test/unit/p11module_test: TEST_ARCHIVES = $(LIBPKCS11) $(LIBAH)
$(B)/test/unit/p11module_test: $(LIBPKCS11)
