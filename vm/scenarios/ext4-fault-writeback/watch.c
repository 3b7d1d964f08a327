// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

enum { SAMPLE_MS = 20 };
static const double STUCK_SECONDS = 1.0;

struct pair {
	pid_t second_pid;
	struct sample fault, second;
};

struct watching {
	const struct victim *victim;
	pid_t fault_pid;
	pid_t fsync_pid;	/* 0: none started yet */
	bool fault_returned;
};

/* A search through /proc is dear: only once the fault waits, and kept while it fits. */
static pid_t choose_second(const struct watching *watching, const struct pair *before, const struct sample *fault)
{
	if (watching->fsync_pid)
		return watching->fsync_pid;
	if (is_writeback_in_lock_wait(&before->second))
		return before->second_pid;
	return is_fault_in_writeback_wait(fault) ? find_waiting_flusher() : 0;
}

static struct pair sample_pair(const struct watching *watching, const struct pair *before)
{
	struct pair pair = { 0 };

	sample_task(watching->fault_pid, &pair.fault);
	pair.second_pid = choose_second(watching, before, &pair.fault);
	if (pair.second_pid)
		sample_task(pair.second_pid, &pair.second);
	return pair;
}

static bool is_pair_stuck(const struct pair *before, const struct pair *now)
{
	return before->second_pid == now->second_pid &&
	       is_fault_in_writeback_wait(&now->fault) && is_writeback_in_lock_wait(&now->second) &&
	       is_stuck_since(&before->fault, &now->fault) && is_stuck_since(&before->second, &now->second);
}

/* Where no fsync was asked for, one after the fault shows that the file is not stuck. */
static bool both_returned(struct watching *watching)
{
	if (!watching->fault_returned) {
		if (!child_returned(watching->fault_pid, "fault-task"))
			return false;
		watching->fault_returned = true;
		log_step("fault-returned", "task=fault-task pid=%d", watching->fault_pid);
	}
	if (!watching->fsync_pid) {
		watching->fsync_pid = start_fsync_task(watching->victim);
		log_step("fsync-started", "task=fsync-task pid=%d", watching->fsync_pid);
	}
	if (!child_returned(watching->fsync_pid, "fsync-task"))
		return false;
	log_step("fsync-returned", "task=fsync-task pid=%d", watching->fsync_pid);
	return true;
}

static void log_pair(const struct watching *watching, const struct pair *pair)
{
	log_step("stack", "role=fault pid=%d comm=%s state=%c functions=%s", watching->fault_pid,
		 pair->fault.comm, pair->fault.state ? pair->fault.state : '-', pair->fault.functions);
	log_step("stack", "role=second pid=%d comm=%s state=%c functions=%s", pair->second_pid,
		 pair->second.comm, pair->second.state ? pair->second.state : '-', pair->second.functions);
}

struct outcome watch(const struct victim *victim, pid_t fault_pid, pid_t fsync_pid, double end_seconds)
{
	struct watching watching = { .victim = victim, .fault_pid = fault_pid, .fsync_pid = fsync_pid };
	struct pair stuck = { 0 };
	double since = monotonic_seconds(), now = since;

	for (; now < end_seconds; now = monotonic_seconds()) {
		struct pair pair;

		if (both_returned(&watching))
			return (struct outcome){ .second_pid = watching.fsync_pid, .at_seconds = now };
		pair = sample_pair(&watching, &stuck);
		if (!is_pair_stuck(&stuck, &pair)) {
			stuck = pair;
			since = now;
		} else if (now - since >= STUCK_SECONDS) {
			log_pair(&watching, &pair);
			return (struct outcome){ .hung = true, .second_pid = pair.second_pid, .at_seconds = since };
		}
		sleep_ms(SAMPLE_MS);
	}
	log_pair(&watching, &stuck);
	end_failed("timeout", "fault_pid=%d second_pid=%d", fault_pid, stuck.second_pid);
}
