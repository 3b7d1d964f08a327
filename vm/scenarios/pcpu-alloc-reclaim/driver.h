/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { FUNCTIONS_BYTES = 2048, COMM_BYTES = 16, PATH_BYTES = 256 };

/* log.c: one line a step on stdout, and the ways out */
double monotonic_seconds(void);
void sleep_ms(long ms);
void log_step(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Print the result and end the driver at once, without waiting for its children. */
void end_failed(const char *reason, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
void end_not_affected(const char *reason) __attribute__((noreturn));

/* text.c: small files of procfs, sysfs and cgroups */
bool try_write_text(const char *path, const char *text);
void write_text(const char *path, const char *text);
void write_number(const char *path, long number);
/* Bytes read, -1 if the file cannot be read; the text is cut to size and terminated. */
ssize_t try_read_text(const char *path, char *text, size_t size);

/* cpuset.c: a cpuset (cgroup v1 or v2) whose memory is the NUMA node without CPUs */
void make_cpuset(char *path, size_t size, int node);
/* The node that has memory and no CPU; fails the driver where there is none. */
int find_memory_node(void);

/* files.c: empty files of an overlay's upper directory on btrfs */
struct place {
	const char *btrfs;	/* mount point */
	const char *overlay;	/* mount point, upper directory on that btrfs */
	char upper[PATH_BYTES];
	char source[PATH_BYTES];	/* the subvolume that snapshots are made of */
	long files;
};
void prepare_place(struct place *place);
void create_files(const struct place *place);
/* How many there are, seen through the overlay. */
long stat_files(const struct place *place);
void unlink_files(const struct place *place);
void drop_caches(void);

/* counters.c: what the kernel counts */
struct counters {
	long btrfs_inodes;	/* in use, -1 if unknown */
	long direct_reclaims;	/* passes entered since boot */
};
struct counters read_counters(void);

/* tasks.c: the two tasks, both of which exist before the load begins */
struct progress {	/* shared with them */
	atomic_long stated;	/* files seen by map-task; -1: not yet */
	atomic_long snapshots;
	atomic_long maps;
	atomic_bool stop;	/* no more maps */
	atomic_int failure;	/* errno of a task that has ended for it, with its step */
	atomic_int failed_step;
};
struct task {
	pid_t pid;
	int go;	/* eventfd: released by release_task(), once for each of the task's stages */
};
struct progress *share_progress(void);
/* Stages: stat all files through the overlay, from within the cpuset; create maps for ever. */
struct task start_map_task(const struct place *place, const char *cpuset, struct progress *progress);
/* One stage: make snapshots for ever. */
struct task start_snapshot_task(const struct place *place, struct progress *progress);
void release_task(const struct task *task);
/* Whether the child has ended; *signal is what killed it, 0 if it left by itself. */
bool task_ended(pid_t pid, int *signal);

/* proc.c: what the kernel says about a task */
struct sample {
	char state;	/* 0: no such task */
	long switches;
	char comm[COMM_BYTES];
	char functions[FUNCTIONS_BYTES];	/* innermost first, comma-separated */
};
void sample_task(pid_t pid, struct sample *sample);
bool is_snapshot_in_allocator(const struct sample *sample);
bool is_map_in_transaction_wait(const struct sample *sample);
bool is_stuck_since(const struct sample *before, const struct sample *now);

/* watch.c: until the two tasks are stuck, or have had every chance to be */
struct outcome {
	bool hung;
	double at_seconds;	/* since when both are stuck, or when the load was through */
	long snapshots, maps;	/* made by then */
	struct counters counters;
};
struct watched {
	struct task map, snapshot;
	struct progress *progress;
	struct counters start;
	long files;
};
/* Fails the driver at end_seconds. */
struct outcome watch(const struct watched *watched, double end_seconds);

#endif
