/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVER_H
#define DRIVER_H

#include "../common/common.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* memcg.c: the memory cgroup (v1) the fault runs into */
struct memcg {
	char path[96];	/* the task's cgroup */
	char other[96];	/* a sibling, to push others' charges out of the per-CPU stocks */
};
void make_memcg(struct memcg *memcg);
void join_memcg(const char *path);
long memcg_usage_bytes(const struct memcg *memcg);
/* How often a charge met the limit. */
long memcg_limit_hits(const struct memcg *memcg);
void drain_charge_stocks(const struct memcg *memcg);
void limit_memcg(const struct memcg *memcg, long limit_bytes);
void remove_memcg(const struct memcg *memcg);

/* unfix.c: the kernel module unfix_finish_fault */
struct fault_choice {
	pid_t tgid;
	dev_t dev;
	ino_t ino;
	long page;
	unsigned int waiter_ms;
};
bool unfix_loaded(void);
void arm_unfix(const struct fault_choice *choice);
void disarm_unfix(void);
bool unfix_phase_is(const char *phase);
long unfix_withheld(void);
bool unfix_had_waiter(void);

/* tasks.c: the two tasks */
struct victim {
	int fd;
	long pages;	/* B: dirty pages 0 .. pages-1; A: page number `pages` */
	long page_bytes;
};
struct task {
	pid_t pid;
	int go;	/* eventfd: released by release_task() */
};
/* Returns once the task has dirtied B and A within the memory cgroup. */
struct task start_fault_task(const struct victim *victim, const struct memcg *memcg);
void release_task(const struct task *task);
pid_t start_fsync_task(const struct victim *victim);

/* roles.c: whether a task is stuck as its role must be */
bool is_fault_in_writeback_wait(const struct sample *sample);
bool is_writeback_in_lock_wait(const struct sample *sample);
/* The kernel's flusher thread in is_writeback_in_lock_wait(), 0 if there is none. */
pid_t find_waiting_flusher(void);

/* watch.c: until the two tasks are stuck, or back */
struct outcome {
	bool hung;
	pid_t second_pid;
	double at_seconds;	/* since when both are stuck, or when both were back */
};
/* With fsync_pid 0 the second task is the kernel's flusher. Fails the driver at end_seconds. */
struct outcome watch(const struct victim *victim, pid_t fault_pid, pid_t fsync_pid, double end_seconds);

#endif
