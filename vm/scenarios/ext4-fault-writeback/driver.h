/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { FUNCTIONS_BYTES = 2048, COMM_BYTES = 16 };

/* log.c: one line a step on stdout, and the ways out */
double monotonic_seconds(void);
void sleep_ms(long ms);
void log_step(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Print the result and end the driver at once, without waiting for its children. */
void end_failed(const char *reason, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
void end_not_affected(const char *reason) __attribute__((noreturn));

/* files.c: small files of procfs, sysfs and cgroups */
bool try_write_text(const char *path, const char *text);
void write_text(const char *path, const char *text);
void write_number(const char *path, long number);
/* Bytes read, -1 if the file cannot be read; the text is cut to size and terminated. */
ssize_t try_read_text(const char *path, char *text, size_t size);
long read_number(const char *path);

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
/* Whether the child has exited with 0; any other end fails the driver. */
bool child_returned(pid_t pid, const char *name);

/* proc.c: what the kernel says about a task */
struct sample {
	char state;	/* 0: no such task */
	long switches;
	char comm[COMM_BYTES];
	char functions[FUNCTIONS_BYTES];	/* innermost first, comma-separated */
};
void sample_task(pid_t pid, struct sample *sample);
bool in_function(const struct sample *sample, const char *function);
bool is_fault_in_writeback_wait(const struct sample *sample);
bool is_writeback_in_lock_wait(const struct sample *sample);
bool is_stuck_since(const struct sample *before, const struct sample *now);
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
