/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVER_H
#define DRIVER_H

#include "../common/common.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* memcg.c: a memory cgroup (v1) for the writer */
struct memcg {
	char path[96];
};
void make_memcg(struct memcg *memcg);
void join_memcg(const struct memcg *memcg);
/* Best effort: pages still charged move to the parent, a group in use stays. */
void remove_memcg(const struct memcg *memcg);

/* module.c: the kernel module nest_memcg_irq */
void check_module(bool control);
void choose_page(long page);
bool module_is_lingering(void);
/* Whether an interrupt was pending for the CPU when the module let go of the lock. */
bool module_held_interrupt_back(void);
/* The module's job on the file: 0 or an errno. Does not return from a hang. */
int nest_locks(int fd);

/* disk.c: the disk that the file is on, and its interrupt */
struct disk {
	char sysfs[64];
	char irq_name[32];	/* of the queue that interrupts the chosen CPU */
	int irq;
};
struct disk find_disk(int fd, int cpu);
long disk_writes_in_flight(const struct disk *disk);

/* cpu.c: what a CPU has done so far */
struct cpu_counts {
	long timer;	/* local timer interrupts */
	long disk;	/* interrupts of the disk's queue */
	long ticks;	/* time accounted to it, whatever for */
};
struct cpu_counts count_cpu(int cpu, const struct disk *disk);
void stay_on_cpu(int cpu);
void stay_off_cpu(int cpu);

/* tasks.c: the writer and the nesting task, both on the chosen CPU */
struct victim {
	int fd;
	long pages;
	long page_bytes;
};
/* False if a page could not be written. */
bool write_pages(const struct victim *victim);
pid_t start_writer(const struct victim *victim, const struct memcg *memcg, int cpu);
pid_t start_nester(const struct victim *victim, int cpu);
/* Exit status of a child that has ended, -1 while it has not; death by a signal fails the driver. */
int child_status(pid_t pid, const char *name);
/* State letter of a task, 0 if there is none. */
char task_state(pid_t pid);
bool waits_for_writeback(pid_t pid);

/* watch.c: until the CPU is dead, or the nesting task is back */
struct outcome {
	enum { HUNG, CLEAN, TOO_LATE } what;	/* too late: the writeback was over before the lock was taken */
	double at_seconds;	/* since when the CPU has been dead, or when the nesting task was back */
};
/* Fails the driver at end_seconds. */
struct outcome watch(pid_t nester, const struct disk *disk, int cpu, double end_seconds);

#endif
