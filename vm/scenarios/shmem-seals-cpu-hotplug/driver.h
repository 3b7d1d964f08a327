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

/* files.c: small files of procfs and sysfs */
bool try_write_text(const char *path, const char *text);
void write_text(const char *path, const char *text);
void write_number(const char *path, long number);
/* Bytes read, -1 if the file cannot be read; the text is cut to size and terminated. */
ssize_t try_read_text(const char *path, char *text, size_t size);
long read_number(const char *path);

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
bool is_stuck_since(const struct sample *before, const struct sample *now);
/* The first task for which `fits` holds, 0 if there is none. */
pid_t find_task(bool (*fits)(const struct sample *sample));

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
