/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVER_H
#define DRIVER_H

#include "../common/common.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* victim.c: the memfd to be sealed, a page of it pinned in a pipe */
struct victim {
	int fd;
	int pipe[2];
	ino_t ino;
};
struct victim prepare_victim(void);
/* Sealing takes a page that somebody still uses for a write under way; empties the pipe. */
void unpin_victim(const struct victim *victim);
bool is_write_sealed(const struct victim *victim);

/* unfix.c: the kernel module unfix_lru_drain */
bool unfix_loaded(void);
bool unfix_takes_hotplug_lock(void);
/* Chooses the drains of a thread group, and the inode of an open file of this process. */
void arm_unfix(pid_t tgid, int fd, unsigned int teardown_ms);
void disarm_unfix(void);
bool unfix_phase_is(const char *phase);
bool unfix_teardown_is(const char *teardown);
bool unfix_had_teardown(void);

/* cpu.c: a CPU and its hotplug thread */
/* False where the kernel cannot take this CPU offline. */
bool can_take_offline(int cpu);
bool is_online(int cpu);
void bring_online(int cpu);
int open_online(int cpu);
pid_t find_hotplug_thread(int cpu);

/* tasks.c: the two tasks */
struct task {
	pid_t pid;
	int go;	/* eventfd: released by release_task() */
};
struct task start_seal_task(const struct victim *victim);
struct task start_offline_task(int cpu);
void release_task(const struct task *task);

/* watch.c: until the tasks are stuck, or back */
struct parties {
	pid_t seal_pid;
	pid_t offline_task_pid;	/* the writer to sysfs */
	pid_t cpuhp_pid;
};
struct outcome {
	bool hung;
	pid_t offline_pid;	/* who runs the offlining: the writer to sysfs, or a worker in its place */
	double at_seconds;	/* since when all are stuck, or when both tasks were back */
};
/* Fails the driver at end_seconds. */
struct outcome watch(const struct parties *parties, double end_seconds);

#endif
