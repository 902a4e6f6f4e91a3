# SPDX-License-Identifier: BSD-2-Clause
# libteec: GP TEE Client API, in place of optee_client's.
LIBTEEC  := $(B)/lib/libteec.so.2.0.0
teec_SRC := $(wildcard linux/teec/*.c)

$(LIBTEEC): $(call objs,$(teec_SRC)) $(LIBAH) linux/teec/teec.map
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libteec.so.2 -Wl,--no-undefined \
	    -Wl,--version-script=linux/teec/teec.map -o $@ $(call objs,$(teec_SRC)) $(LIBAH) -pthread
	ln -sf libteec.so.2.0.0 $(@D)/libteec.so.2
	ln -sf libteec.so.2 $(@D)/libteec.so

PRODUCTS += $(LIBTEEC)

# Tests that need more than their sources: the library itself; its objects with system calls that
# the test answers in place of a TEE device.
LIBTEEC_TEST := $(O)/libteec_test.a
$(LIBTEEC_TEST): $(call objs,$(teec_SRC))
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/test/system/teec_test: private LDFLAGS += -L$(B)/lib -Wl,-rpath,$(abspath $(B)/lib) -lteec
$(B)/test/unit/teec_device_test: | $(LIBTEEC_TEST)
$(B)/test/unit/teec_device_test: private LDFLAGS += -Wl,--wrap=ioctl,--wrap=open,--wrap=mmap \
    -Wl,--whole-archive $(LIBTEEC_TEST) -Wl,--no-whole-archive
