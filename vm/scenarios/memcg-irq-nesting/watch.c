// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <errno.h>

enum { SAMPLE_MS = 20 };
/* The control too keeps interrupts off, until the disk answers: a second or so with its throttle. */
static const double DEAD_SECONDS = 3.0;

/* A CPU that runs a task and takes no timer interrupt has its interrupts off. */
static bool stands_still(const struct cpu_counts *before, const struct cpu_counts *now)
{
	return before->timer == now->timer && before->disk == now->disk && before->ticks == now->ticks;
}

static struct outcome read_status(int status, pid_t nester, double now)
{
	if (status && status != EAGAIN)
		end_failed("nest", "pid=%d errno=%d", nester, status);
	return (struct outcome){ .what = status ? TOO_LATE : CLEAN, .at_seconds = now };
}

static void log_dead_cpu(pid_t nester, int cpu, const struct cpu_counts *first, const struct cpu_counts *last)
{
	log_step("cpu-dead", "cpu=%d task=nest-task pid=%d state=%c timer_interrupts=%ld disk_interrupts=%ld ticks=%ld",
		 cpu, nester, task_state(nester), last->timer, last->disk - first->disk, last->ticks);
}

struct outcome watch(pid_t nester, const struct disk *disk, int cpu, double end_seconds)
{
	const struct cpu_counts first = count_cpu(cpu, disk);
	struct cpu_counts still = first;
	double since = monotonic_seconds(), now = since;

	for (; now < end_seconds; now = monotonic_seconds()) {
		int status = child_status(nester, "nest-task");
		struct cpu_counts counts;

		if (status >= 0)
			return read_status(status, nester, now);
		counts = count_cpu(cpu, disk);
		if (!stands_still(&still, &counts) || !module_is_lingering() || task_state(nester) != 'R') {
			still = counts;
			since = now;
		} else if (now - since >= DEAD_SECONDS) {
			log_dead_cpu(nester, cpu, &first, &counts);
			return (struct outcome){ .what = HUNG, .at_seconds = since };
		}
		sleep_ms(SAMPLE_MS);
	}
	end_failed("timeout", "nest_pid=%d state=%c", nester, task_state(nester));
}
