# SPDX-License-Identifier: BSD-2-Clause
# The whole matrix of power cuts; `make test` runs a selection of it.
.PHONY: power
power: $(TEST_DIR)/power/store_power_test ## the whole matrix of power cuts (many minutes)
	$< full
