# SPDX-License-Identifier: BSD-2-Clause
# Fuzzing: every test/fuzz/<name>_fuzz.c becomes one libFuzzer program, linked with the archives of
# this repository built in FLAVOUR=fuzz. `make fuzz` runs each for FUZZ_SECONDS; FUZZ_ONLY names
# some of them. Corpora live on in build/fuzz/corpus/<name>; a finding stops the run.
FUZZ_SECONDS ?= 60
fuzz_names   := $(patsubst test/fuzz/%_fuzz.c,%,$(wildcard test/fuzz/*_fuzz.c))
FUZZ_ONLY    ?= $(fuzz_names)
FUZZ         := $(patsubst %,$(B)/fuzz/%,$(FUZZ_ONLY))

FUZZ_ARCHIVES := $(LIBTA_PKCS11) $(LIBSIM) $(LIBHOST_TEST) $(LIBTEE) $(LIBAH)
$(FUZZ): $(B)/fuzz/%: $(O)/test/fuzz/%_fuzz.o $(O)/test/fuzz/seed.o $(FUZZ_ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(FUZZ_ARCHIVES) -Wl,--end-group -lcmocka -lbearssl -lcrypto -lseccomp -pthread

# The module meets a TA made by its fuzz program, so nothing that brings a TEE is linked.
$(B)/fuzz/p11module: FUZZ_ARCHIVES = $(LIBPKCS11) $(LIBAH)
$(B)/fuzz/p11module: $(LIBPKCS11)

.PHONY: fuzz fuzz-build fuzz-run
fuzz: ## run every fuzz target for FUZZ_SECONDS (60)
	@$(MAKE) --no-print-directory FLAVOUR=fuzz fuzz-run
fuzz-build: $(FUZZ)
fuzz-run: fuzz-build
	@for t in $(FUZZ_ONLY); do \
	    corpus=build/fuzz/corpus/$$t; mkdir -p $$corpus build/fuzz/findings; \
	    FUZZ_SEEDS=$$corpus $(B)/fuzz/$$t -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 \
	        -timeout=20 -artifact_prefix=build/fuzz/findings/$$t- $$corpus \
	        >build/fuzz/$$t.log 2>&1 || { tail -60 build/fuzz/$$t.log; echo "not ok - fuzz $$t"; exit 1; }; \
	    echo "ok - fuzz $$t: $$(grep -o 'Done.*' build/fuzz/$$t.log | tail -1)"; \
	done
