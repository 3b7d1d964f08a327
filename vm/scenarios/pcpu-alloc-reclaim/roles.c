// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

/* Waits for pcpu_alloc_mutex, or for reclaim under it, with its transaction's commit open. */
bool is_snapshot_in_allocator(const struct sample *sample)
{
	return in_function(sample, "create_pending_snapshot") && in_function(sample, "pcpu_alloc");
}

bool is_map_in_transaction_wait(const struct sample *sample)
{
	return in_function(sample, "pcpu_alloc") && in_function(sample, "wait_current_trans");
}
