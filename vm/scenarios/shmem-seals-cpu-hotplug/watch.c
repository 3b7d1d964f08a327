// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

enum { SAMPLE_MS = 20 };
static const double STUCK_SECONDS = 1.0;

struct cycle {
	pid_t offline_pid;
	struct sample seal, offline, cpuhp;
};

struct watching {
	const struct parties *parties;
	bool seal_returned, offline_returned;
};

static bool is_seal_stuck(const struct sample *sample)
{
	return in_function(sample, "unfixed_lru_drain") && in_function(sample, "percpu_rwsem_wait");
}

static bool is_cpuhp_stuck(const struct sample *sample)
{
	return in_function(sample, "cpuhp_thread_fun") && in_function(sample, "lock_inode_at_teardown");
}

/* Stacks leave out the scheduler's own functions, so its caller shows what is waited for. */
static bool is_offline_stuck(const struct sample *sample)
{
	return sample->state == 'D' && in_function(sample, "_cpu_down") && in_function(sample, "cpuhp_kick_ap_work");
}

/*
 * The writer to sysfs has a worker run the offlining on some kernels. A search
 * through /proc is dear: only once the hotplug thread waits, and kept while it fits.
 */
static pid_t choose_offline(const struct parties *parties, const struct cycle *before, const struct sample *cpuhp)
{
	struct sample writer;

	if (is_offline_stuck(&before->offline))
		return before->offline_pid;
	if (!is_cpuhp_stuck(cpuhp))
		return 0;
	sample_task(parties->offline_task_pid, &writer);
	return is_offline_stuck(&writer) ? parties->offline_task_pid : find_task(is_offline_stuck);
}

static struct cycle sample_cycle(const struct parties *parties, const struct cycle *before)
{
	struct cycle cycle = { 0 };

	sample_task(parties->seal_pid, &cycle.seal);
	sample_task(parties->cpuhp_pid, &cycle.cpuhp);
	cycle.offline_pid = choose_offline(parties, before, &cycle.cpuhp);
	if (cycle.offline_pid)
		sample_task(cycle.offline_pid, &cycle.offline);
	return cycle;
}

static bool is_cycle_stuck(const struct cycle *before, const struct cycle *now)
{
	return before->offline_pid == now->offline_pid &&
	       is_seal_stuck(&now->seal) && is_offline_stuck(&now->offline) && is_cpuhp_stuck(&now->cpuhp) &&
	       is_stuck_since(&before->seal, &now->seal) &&
	       is_stuck_since(&before->offline, &now->offline) &&
	       is_stuck_since(&before->cpuhp, &now->cpuhp);
}

static bool note_return(bool *returned, pid_t pid, const char *name)
{
	if (!*returned && child_returned(pid, name)) {
		*returned = true;
		log_step("task-returned", "task=%s pid=%d", name, pid);
	}
	return *returned;
}

static bool both_returned(struct watching *watching)
{
	const struct parties *parties = watching->parties;
	bool seal = note_return(&watching->seal_returned, parties->seal_pid, "seal-task");
	bool offline = note_return(&watching->offline_returned, parties->offline_task_pid, "offline-task");

	return seal && offline;
}

static void log_sample(const char *role, pid_t pid, const struct sample *sample)
{
	log_step("stack", "role=%s pid=%d comm=%s state=%c functions=%s", role, pid, sample->comm,
		 sample->state ? sample->state : '-', sample->functions);
}

static void log_cycle(const struct parties *parties, const struct cycle *cycle)
{
	struct sample writer;

	log_sample("seal", parties->seal_pid, &cycle->seal);
	log_sample("offline", cycle->offline_pid, &cycle->offline);
	log_sample("cpuhp", parties->cpuhp_pid, &cycle->cpuhp);
	if (cycle->offline_pid == parties->offline_task_pid)
		return;
	sample_task(parties->offline_task_pid, &writer);
	log_sample("sysfs-writer", parties->offline_task_pid, &writer);
}

struct outcome watch(const struct parties *parties, double end_seconds)
{
	struct watching watching = { .parties = parties };
	struct cycle stuck = { 0 };
	double since = monotonic_seconds(), now = since;

	for (; now < end_seconds; now = monotonic_seconds()) {
		struct cycle cycle;

		if (both_returned(&watching))
			return (struct outcome){ .at_seconds = now };
		cycle = sample_cycle(parties, &stuck);
		if (!is_cycle_stuck(&stuck, &cycle)) {
			stuck = cycle;
			since = now;
		} else if (now - since >= STUCK_SECONDS) {
			log_cycle(parties, &cycle);
			return (struct outcome){ .hung = true, .offline_pid = cycle.offline_pid, .at_seconds = since };
		}
		sleep_ms(SAMPLE_MS);
	}
	log_cycle(parties, &stuck);
	end_failed("timeout", "seal_pid=%d offline_pid=%d cpuhp_pid=%d", parties->seal_pid, stuck.offline_pid,
		   parties->cpuhp_pid);
}
