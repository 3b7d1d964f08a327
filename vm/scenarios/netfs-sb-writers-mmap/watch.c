// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <string.h>

enum { POLL_MS = 2, SAMPLE_MS = 20, NAMES = 6 };
static const double STUCK_SECONDS = 1.0;

/*
 * The innermost function of the stack, and one it must be called by. procfs
 * leaves out what belongs to the scheduler, which lock functions mostly do, so
 * that the innermost is the lock's caller or, on another kernel, the lock.
 */
static const struct {
	const char *sleeps_in[NAMES];
	const char *called_by;
} EXPECTED[ROLES] = {
	[ROLE_FAULT] = { { "request_wait_answer", "__fuse_request_send", "fuse_simple_request" }, "filemap_fault" },
	[ROLE_SERVER] = { { "percpu_rwsem_wait", "__percpu_down_read", "vfs_write" }, "vfs_write" },
	[ROLE_FREEZE] = { { "percpu_down_write", "freeze_super" }, "freeze_super" },
	[ROLE_XATTR] = {
		{ "rwsem_down_read_slowpath", "down_read", "down_read_killable", "lock_mm_and_find_vma",
		  "do_user_addr_fault", "exc_page_fault" },
		"strncpy_from_user",
	},
	[ROLE_MMAP] = {
		{ "rwsem_down_write_slowpath", "down_write", "down_write_killable", "vm_mmap_pgoff" },
		"vm_mmap_pgoff",
	},
};

static bool is_innermost(const struct sample *sample, const char *function)
{
	const size_t length = strlen(function);

	return !strncmp(sample->functions, function, length) &&
	       (sample->functions[length] == ',' || sample->functions[length] == '\0');
}

/* The wait for the FUSE server's answer is the one that signals may end: S. */
bool is_stuck(enum role role, const struct sample *sample)
{
	if (sample->state != (role == ROLE_FAULT ? 'S' : 'D') || !in_function(sample, EXPECTED[role].called_by))
		return false;
	for (int i = 0; i < NAMES && EXPECTED[role].sleeps_in[i]; i++)
		if (is_innermost(sample, EXPECTED[role].sleeps_in[i]))
			return true;
	return false;
}

static void log_stack(const struct stage *stage, enum role role, const struct sample *sample)
{
	log_step("stack", "role=%s pid=%d comm=%s state=%c functions=%s", role_names[role], stage->tids[role],
		 task_names[role], sample->state ? sample->state : '-', sample->functions);
}

bool await_stuck(const struct stage *stage, enum role role, double end_seconds)
{
	struct sample sample;

	for (;;) {
		sample_task(stage->tids[role], &sample);
		if (is_stuck(role, &sample))
			break;
		if (stage->ends[role])
			return false;
		if (monotonic_seconds() > end_seconds) {
			log_stack(stage, role, &sample);
			end_failed("not-stuck", "role=%s pid=%d", role_names[role], stage->tids[role]);
		}
		sleep_ms(POLL_MS);
	}
	log_step("stuck", "role=%s pid=%d state=%c", role_names[role], stage->tids[role], sample.state);
	return true;
}

void await_returned(const struct stage *stage, enum role role, double end_seconds)
{
	while (!stage->ends[role]) {
		if (monotonic_seconds() > end_seconds)
			end_failed("not-returned", "role=%s pid=%d", role_names[role], stage->tids[role]);
		sleep_ms(POLL_MS);
	}
	if (stage->ends[role] != 1)
		end_failed("call-failed", "role=%s errno=%d", role_names[role], stage->ends[role] - 1);
	log_step("returned", "role=%s pid=%d", role_names[role], stage->tids[role]);
}

/* Whether all five sleep as meant, and as they slept before. */
static bool sample_all(const struct stage *stage, struct sample *samples)
{
	bool same = true;

	for (enum role role = 0; role < ROLES; role++) {
		const struct sample before = samples[role];

		sample_task(stage->tids[role], &samples[role]);
		same = same && is_stuck(role, &samples[role]) && is_same_sleep(&before, &samples[role]);
	}
	return same;
}

double await_all_stuck(const struct stage *stage, double end_seconds)
{
	static struct sample samples[ROLES];
	double now = monotonic_seconds(), since = now;

	while (now - since < STUCK_SECONDS) {
		if (now > end_seconds)
			end_failed("timeout", "stuck_seconds=%.3f", now - since);
		sleep_ms(SAMPLE_MS);
		now = monotonic_seconds();
		if (!sample_all(stage, samples))
			since = now;
	}
	for (enum role role = 0; role < ROLES; role++)
		log_stack(stage, role, &samples[role]);
	return since;
}
