/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVER_H
#define DRIVER_H

#include "../common/common.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PATH_BYTES = 256 };

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

/* roles.c: whether a task is stuck as its role must be */
bool is_snapshot_in_allocator(const struct sample *sample);
bool is_map_in_transaction_wait(const struct sample *sample);

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
