/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVER_H
#define DRIVER_H

#include "../common/common.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* In the order of the wait chain: each waits for the next, the last for the first. */
enum role { ROLE_FAULT, ROLE_SERVER, ROLE_FREEZE, ROLE_XATTR, ROLE_MMAP, ROLES };

extern const char *const role_names[ROLES];
extern const char *const task_names[ROLES];

/* What the processes share: memory mapped before the first fork. */
struct stage {
	_Atomic pid_t tids[ROLES];	/* 0 until the task stands before its one call */
	_Atomic int ends[ROLES];	/* 0 until that call is back; then 1 + errno */
	_Atomic int reads;		/* READ requests the FUSE server has got */
	_Atomic bool mounted;
	int gates[ROLES];		/* eventfds: the task waits here for open_gate() */
};

struct options {
	bool control;
	long timeout_s;
	const char *ext4_folder;
	const char *fuse_folder;
};

/* stage.c: the gates, and what each task says of itself */
struct stage *make_stage(void);
void open_gate(const struct stage *stage, enum role role);
void await_gate(const struct stage *stage, enum role role);
/* Names the calling thread after its role and lets the driver know that it is there. */
void enter_stage(struct stage *stage, enum role role);
/* A stuck task is sent no signal, which a killable wait would end: from here on it outlives the driver. */
void outlive_driver(void);
void leave_stage(struct stage *stage, enum role role, bool done);

/* server.c: the FUSE file system, in a process of its own */
pid_t start_server(struct stage *stage, const struct options *options, int cache_fd);

/* tasks.c: the process with the three threads, and the freezer's */
pid_t start_freezer(struct stage *stage, const struct options *options);
pid_t start_mapper(struct stage *stage, const char *netfs_file, int xattr_fd);

/* watch.c: what is waited for, up to end_seconds; past it the driver fails */
/* Whether the task's sleep is the one its role is there for. */
bool is_stuck(enum role role, const struct sample *sample);
/* True once the task is stuck as its role must be, false once its call is back. */
bool await_stuck(const struct stage *stage, enum role role, double end_seconds);
void await_returned(const struct stage *stage, enum role role, double end_seconds);
/* Returns since when all five have slept the same sleep, once that has lasted a second. */
double await_all_stuck(const struct stage *stage, double end_seconds);

#endif
