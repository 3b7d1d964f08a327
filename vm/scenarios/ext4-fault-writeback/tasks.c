// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PMD_BYTES (2UL << 20)	/* reach of one page table (x86-64) */
#define PUD_BYTES (1UL << 30)	/* reach of one table of page tables */

enum { START_TIMEOUT_MS = 20000 };

static void wait_event(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		_exit(10);
}

static void signal_event(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		end_failed("eventfd", "errno=%d", errno);
}

/*
 * Maps the file where no page table exists while its parent does, so that a
 * fault allocates the page table alone: an aligned GiB of address space is
 * reserved, a page in its first 2 MiB touched, the file mapped in the next.
 */
static volatile char *map_without_page_table(const struct victim *victim)
{
	const size_t length = (victim->pages + 1) * victim->page_bytes;
	char *reserved = mmap(NULL, 2 * PUD_BYTES, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uintptr_t aligned = ((uintptr_t)reserved + PUD_BYTES - 1) & ~(PUD_BYTES - 1);
	char *page, *file;

	if (reserved == MAP_FAILED)
		_exit(11);
	page = mmap((void *)aligned, victim->page_bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0);
	file = mmap((void *)(aligned + PMD_BYTES), length, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, victim->fd, 0);
	if (page == MAP_FAILED || file == MAP_FAILED)
		_exit(12);
	return file;
}

static void dirty_pages(const struct victim *victim)
{
	char *text = calloc(1, victim->page_bytes);

	for (long page = 0; page <= victim->pages; page++)
		if (pwrite(victim->fd, text, victim->page_bytes, page * victim->page_bytes) !=
		    victim->page_bytes)
			_exit(13);
}

static void run_fault_task(const struct victim *victim, const struct memcg *memcg, int ready, int go)
{
	volatile char *file;

	/* A driver that fails before the fault leaves no task behind; a hung task is sent no signal. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "fault-task");
	join_memcg(memcg->path);
	file = map_without_page_table(victim);
	dirty_pages(victim);
	signal_event(ready);
	wait_event(go);
	prctl(PR_SET_PDEATHSIG, 0);
	file[victim->pages * victim->page_bytes] = 1;
}

/* A child that ends early never signals: its end must not be waited for. */
static void await_ready(pid_t pid, int ready)
{
	struct pollfd event = { .fd = ready, .events = POLLIN };

	for (int waited_ms = 0; waited_ms < START_TIMEOUT_MS; waited_ms += 100) {
		if (poll(&event, 1, 100) == 1)
			return;
		if (child_returned(pid, "fault-task"))
			end_failed("fault-task-ended-early", "pid=%d", pid);
	}
	end_failed("fault-task-not-ready", "pid=%d", pid);
}

static pid_t fork_task(void)
{
	pid_t pid = fork();

	if (pid < 0)
		end_failed("fork", "errno=%d", errno);
	return pid;
}

struct task start_fault_task(const struct victim *victim, const struct memcg *memcg)
{
	int ready = eventfd(0, EFD_CLOEXEC);
	struct task task = { .go = eventfd(0, EFD_CLOEXEC) };

	if (ready < 0 || task.go < 0)
		end_failed("eventfd", "errno=%d", errno);
	task.pid = fork_task();
	if (!task.pid) {
		run_fault_task(victim, memcg, ready, task.go);
		_exit(0);
	}
	await_ready(task.pid, ready);
	close(ready);
	return task;
}

void release_task(const struct task *task)
{
	signal_event(task->go);
}

pid_t start_fsync_task(const struct victim *victim)
{
	pid_t pid = fork_task();

	if (!pid) {
		prctl(PR_SET_NAME, "fsync-task");
		_exit(fsync(victim->fd) ? 14 : 0);
	}
	return pid;
}
