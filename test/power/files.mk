# SPDX-License-Identifier: BSD-2-Clause
# The whole matrix of power cuts; `make test` runs a selection of it.
.PHONY: power
power: $(TEST_DIR)/power/store_power_test ## the whole matrix of power cuts (many minutes)
	$< full

# Persistent objects end to end: the TEE library and the storage TA in one program.
$(TEST_DIR)/unit/storage_test: $(O)/ta/storage.o
$(TEST_DIR)/unit/storage_test: TEST_ARCHIVES := $(O)/ta/storage.o $(LIBSIM) $(LIBTEE) $(LIBAH)
