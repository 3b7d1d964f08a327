// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

/* Names before the folio conversion (5.16) and since. */
static bool in_writeback_wait(const struct sample *sample)
{
	return in_function(sample, "folio_wait_writeback") || in_function(sample, "wait_on_page_writeback");
}

bool is_fault_in_writeback_wait(const struct sample *sample)
{
	return in_function(sample, "pte_alloc_one") && in_writeback_wait(sample);
}

/*
 * __folio_lock() may end in a tail call and then leaves no frame: what shows
 * the page lock is a wait for a page bit that is not the writeback bit.
 */
bool is_writeback_in_lock_wait(const struct sample *sample)
{
	return sample->state == 'D' && in_function(sample, "mpage_prepare_extent_to_map") &&
	       !in_writeback_wait(sample) &&
	       (in_function(sample, "folio_wait_bit_common") || in_function(sample, "__lock_page"));
}

static bool is_waiting_flusher(const struct sample *sample)
{
	return in_function(sample, "wb_workfn") && is_writeback_in_lock_wait(sample);
}

pid_t find_waiting_flusher(void)
{
	return find_task(is_waiting_flusher);
}
