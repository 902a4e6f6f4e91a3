# SPDX-License-Identifier: BSD-2-Clause
# Tests: one program per file test/unit/*_test.c and test/power/*_test.c; system programs and
# scripts in test/system; misbehaving trusted applications in test/ta; benchmarks in test/bench.
INC_test += -I.
TEST_DIR := $(B)/test

test_lib_SRC  := $(wildcard test/sim/*.c)
test_unit_SRC := $(wildcard test/unit/*_test.c test/power/*_test.c)
TEST_UNIT     := $(patsubst test/%.c,$(TEST_DIR)/%,$(test_unit_SRC))

LIBSIM := $(O)/libsim.a
$(LIBSIM): $(call objs,$(test_lib_SRC))
	@rm -f $@
	$(AR) rcs $@ $^

# The PKCS#11 TA and the daemon as archives: a member is linked only when a test asks for it.
# Names that the TA happens to share with the TEE library are made its own.
LIBTA_PKCS11 := $(O)/libta_pkcs11.a
$(LIBTA_PKCS11): $(call objs,$(wildcard ta/pkcs11/*.c)) $(LIBTEE) $(LIBAH)
	@rm -f $@
	$(LD) -r -o $@.o $(filter %.o,$^)
	nm --defined-only -g $(LIBTEE) $(LIBAH) | sed -n 's/.* [A-Z] //p' | sort -u >$@.taken
	$(OBJCOPY) --localize-symbols=$@.taken $@.o
	$(AR) rcs $@ $@.o
LIBHOST_TEST := $(O)/libhost_test.a
$(LIBHOST_TEST): $(call objs,$(filter-out host/main.c,$(host_SRC))) $(O)/ta_key.o
	@rm -f $@
	$(AR) rcs $@ $^

TEST_ARCHIVES := $(LIBSIM) $(LIBTA_PKCS11) $(LIBHOST_TEST) $(LIBTEE) $(LIBAH)
$(TEST_UNIT): $(TEST_DIR)/%: $(O)/test/%.o $(TEST_ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< -Wl,--start-group $(TEST_ARCHIVES) -Wl,--end-group \
	    -lcmocka -lbearssl -lcrypto -lseccomp -pthread

# The PKCS#11 suite and its relatives talk to any module through dlopen and check it with libcrypto.
p11_SRC   := $(wildcard test/system/p11_*.c)
suite_SRC := $(wildcard test/system/p11suite*.c)
vec_SRC   := $(wildcard test/system/p11vectors*.c)
P11SUITE   := $(if $(suite_SRC),$(TEST_DIR)/system/p11suite)
P11VECTORS := $(if $(vec_SRC),$(TEST_DIR)/system/p11vectors)
TEEC_LIBS := -L$(B)/lib -Wl,-rpath,'$$ORIGIN/../../lib' -Wl,--as-needed -lteec -Wl,--no-as-needed
SYSTEM_TESTS := $(patsubst test/%.c,$(TEST_DIR)/%,$(wildcard test/system/*_test.c))

THEFT      := $(TEST_DIR)/system/theft

$(TEST_DIR)/system/p11suite: $(call objs,$(suite_SRC) $(p11_SRC))
$(TEST_DIR)/system/p11vectors: $(call objs,$(vec_SRC) $(p11_SRC))
$(SYSTEM_TESTS): $(TEST_DIR)/%: $(O)/test/%.o $(call objs,$(sort $(p11_SRC) $(wildcard test/system/*_util.c)))
$(THEFT): $(call objs,test/system/theft.c $(p11_SRC))
$(P11SUITE) $(P11VECTORS) $(SYSTEM_TESTS) $(THEFT): | $(PRODUCTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) -lcrypto -ldl -pthread $(TEEC_LIBS)

# Misbehaving trusted applications, packed like the real ones but never part of the product.
PRODUCTS := $(PRODUCTS)
$(foreach m,$(wildcard test/ta/*/manifest),$(eval $(call ta_rules,$(patsubst %/manifest,%,$(m)),$(TEST_DIR)/ta)))
TEST_TAS := $(filter $(TEST_DIR)/%,$(PRODUCTS_TA))

BENCH := $(patsubst test/bench/%.c,$(TEST_DIR)/bench/%,$(wildcard test/bench/*_bench.c))
bench_SRC := $(filter-out test/bench/%_bench.c,$(wildcard test/bench/*.c))
$(BENCH): $(TEST_DIR)/bench/%: $(O)/test/bench/%.o $(call objs,$(bench_SRC) $(p11_SRC))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcrypto -ldl -pthread

TESTS_BIN += $(TEST_UNIT) $(P11SUITE) $(P11VECTORS) $(SYSTEM_TESTS) $(THEFT) $(TEST_TAS)
demo: $(THEFT)

.PHONY: tests units units-build bench-run
tests: all $(TESTS_BIN) ## build the tests without running them
units: units-build ## run the unit and power-cut tests of one FLAVOUR
	@test/run.sh --flavour $(FLAVOUR) --unit
units-build: $(TEST_UNIT)
bench-run: all $(BENCH)
	@test/bench/run.sh
