# SPDX-License-Identifier: BSD-2-Clause
# Anchorhold. `make help` lists what can be made.
#
# Each folder's files.mk lists its sources and products. A folder is compiled with the include
# paths of its own row below and no other, so an include against the architecture does not compile.
# FLAVOUR=host is the product; asan and tsan build the same sources with sanitizers beside it.

FLAVOUR ?= host
B       := build/$(FLAVOUR)
O       := $(B)/obj
LIBEXEC := $(B)/libexec/anchorhold

CC      ?= gcc
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wswitch-enum -Wvla -Wundef -Werror
CFLAGS  := -std=c11 -O2 -g -fno-common -fPIC -fvisibility=hidden -fstack-protector-strong \
           -D_GNU_SOURCE -MMD -MP $(WARN)
LDFLAGS := -Wl,-z,relro,-z,now,-z,noexecstack
include image/flavour-$(FLAVOUR).mk

P11_KIT := -isystem /usr/include/p11-kit-1
INC_lib   := -Iabi -Ilib/include $(P11_KIT)
INC_plat  := -Iabi -Ilib/include
INC_tee   := -Iinclude -Iabi -Ilib/include -Itee
INC_ta    := -Iinclude -Iabi -Ilib/include $(P11_KIT)
INC_linux := -Iinclude -Iabi -Ilib/include $(P11_KIT)
INC_host  := -Iabi -Ilib/include
INC_image := -Iabi -Ilib/include
INC_test  := -Iinclude -Iabi -Ilib/include -Itee -Itest $(P11_KIT)

# make V=1 shows the commands instead of a line for each product
ifndef V
.SILENT:
endif
say = $(if $(V),,printf '  %-5s %s\n' '$(1)' '$(2)')

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDEXPANSION:

objs = $(patsubst %.c,$(O)/%.o,$(1))

# In the order of the architecture: who is used stands before who uses.
include lib/files.mk image/files.mk tee/files.mk ta/files.mk
include $(wildcard host/files.mk linux/teec/files.mk linux/pkcs11/files.mk linux/cli/files.mk test/files.mk test/fuzz/files.mk \
                    test/power/files.mk)

$(O)/%.o: %.c Makefile | setup
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(CC) $(CFLAGS) $(INC_$(firstword $(subst /, ,$*))) -c -o $@ $<

-include $(shell find $(O) -name '*.d' 2>/dev/null)

# --- sets of products; files.mk files add to PRODUCTS, TESTS_BIN -------------------------------
.PHONY: all setup help demo test bench clean
all: $(PRODUCTS) ## build everything hosted into build/host

setup: ## install the Debian packages that are missing (done by itself)
	@./image/setup.sh build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile $(wildcard */files.mk */*/files.mk) | sed 's/:.*##/\t/' | expand -t 20

demo: all ## the main job end to end: a key made in the TEE, used for mutual TLS
	@./image/setup.sh demo && ./image/demo.sh

test: ## the whole test suite on this machine
	@./image/setup.sh test && ./test/run.sh

bench: all ## measure against SoftHSM2 and raw EVP, side by side
	@./image/setup.sh test && $(MAKE) -s bench-run

clean: ## remove build/
	rm -rf build
