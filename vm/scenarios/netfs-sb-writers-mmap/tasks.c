// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/fs.h>

enum { PAGE_BYTES = 4096 };

static pid_t fork_task(void)
{
	const pid_t pid = fork();

	if (pid < 0)
		end_failed("fork", "errno=%d", errno);
	/* A driver that fails leaves no task behind. */
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

pid_t start_freezer(struct stage *stage, const struct options *options)
{
	const int fd = open(options->ext4_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const pid_t pid = fork_task();

	if (pid) {
		close(fd);
		return pid;
	}
	enter_stage(stage, ROLE_FREEZE);
	await_gate(stage, ROLE_FREEZE);
	outlive_driver();
	leave_stage(stage, ROLE_FREEZE, !ioctl(fd, FIFREEZE, 0) && !ioctl(fd, FITHAW, 0));
	_exit(0);
}

/* The process whose mmap_lock it is about. */
struct mapper {
	struct stage *stage;
	int netfs_fd, xattr_fd;
	volatile char *netfs_page;	/* of the FUSE file, not in memory yet */
	const char *name_page;		/* anonymous, never touched: to the kernel an empty name, at the price of a fault */
};

static void *run_fault(void *argument)
{
	const struct mapper *mapper = argument;

	enter_stage(mapper->stage, ROLE_FAULT);
	await_gate(mapper->stage, ROLE_FAULT);
	(void)mapper->netfs_page[0];
	leave_stage(mapper->stage, ROLE_FAULT, true);
	return NULL;
}

static void *run_mmap(void *argument)
{
	const struct mapper *mapper = argument;

	enter_stage(mapper->stage, ROLE_MMAP);
	await_gate(mapper->stage, ROLE_MMAP);
	leave_stage(mapper->stage, ROLE_MMAP,
		    syscall(SYS_mmap, NULL, PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != -1);
	return NULL;
}

/* An empty name is refused with ERANGE, after it has been read. */
static void *run_xattr(void *argument)
{
	const struct mapper *mapper = argument;

	enter_stage(mapper->stage, ROLE_XATTR);
	await_gate(mapper->stage, ROLE_XATTR);
	leave_stage(mapper->stage, ROLE_XATTR,
		    syscall(SYS_fremovexattr, mapper->xattr_fd, mapper->name_page) && errno == ERANGE);
	return NULL;
}

static void start_threads(struct mapper *mapper, pthread_t *threads)
{
	static void *(*const runs[])(void *) = { run_fault, run_mmap, run_xattr };

	for (int i = 0; i < 3; i++)
		if (pthread_create(&threads[i], NULL, runs[i], mapper))
			_exit(30);
}

/*
 * All that is mapped so far (code, stacks, the threads' own data) is locked in
 * memory: with a writer queued on the mmap_lock no thread may fault but where
 * it is meant to.
 */
static void map_pages(struct mapper *mapper)
{
	if (mlockall(MCL_CURRENT))
		_exit(31);
	mapper->netfs_page = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, mapper->netfs_fd, 0);
	mapper->name_page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapper->netfs_page == MAP_FAILED || mapper->name_page == MAP_FAILED)
		_exit(32);
}

static bool are_threads_ready(const struct stage *stage)
{
	return stage->tids[ROLE_FAULT] && stage->tids[ROLE_MMAP] && stage->tids[ROLE_XATTR];
}

/* The threads wait at their gates by the time their process maps its pages. */
static void run_mapper(struct mapper *mapper)
{
	pthread_t threads[3];

	start_threads(mapper, threads);
	while (!are_threads_ready(mapper->stage))
		sleep_ms(1);
	map_pages(mapper);
	outlive_driver();
	open_gate(mapper->stage, ROLE_FAULT);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

pid_t start_mapper(struct stage *stage, const char *netfs_file, int xattr_fd)
{
	struct mapper mapper = { .stage = stage, .xattr_fd = xattr_fd };
	const pid_t pid = fork_task();

	if (pid)
		return pid;
	mapper.netfs_fd = open(netfs_file, O_RDONLY | O_CLOEXEC);
	if (mapper.netfs_fd < 0)
		end_failed("open", "path=%s errno=%d", netfs_file, errno);
	run_mapper(&mapper);
	_exit(0);
}
