/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_H
#define COMMON_H

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

/* options.c: a whole number from 1 to `most`; else `usage`, which does not return */
long parse_positive(const char *text, long most, void (*usage)(void));

/* child.c */
/* Whether the child has exited with 0; any other end fails the driver. */
bool child_returned(pid_t pid, const char *name);

/* hung-task.c */
/* Makes the kernel's own report come soon; a kernel without the detector is no failure. */
void quicken_hung_task_detector(void);

/* proc.c: what the kernel says about a task */
struct sample {
	char state;	/* 0: no such task */
	long switches;
	char comm[COMM_BYTES];
	char functions[FUNCTIONS_BYTES];	/* innermost first, comma-separated, without a tracer's own */
};
/* Reads nothing that takes the task's mmap_lock, as some files under /proc do. */
void sample_task(pid_t tid, struct sample *sample);
bool in_function(const struct sample *sample, const char *function);
bool is_same_sleep(const struct sample *before, const struct sample *now);
/* The same sleep, and one that no signal ends. */
bool is_stuck_since(const struct sample *before, const struct sample *now);
/* The first task for which `fits` holds, 0 if there is none. */
pid_t find_task(bool (*fits)(const struct sample *sample));

#endif
