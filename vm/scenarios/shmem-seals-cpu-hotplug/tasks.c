// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Makes a child that waits for release_task(). Returns with pid 0 in the child, once released. */
static struct task fork_task(const char *name)
{
	struct task task = { .go = eventfd(0, EFD_CLOEXEC) };
	uint64_t count;

	if (task.go < 0)
		end_failed("eventfd", "errno=%d", errno);
	task.pid = fork();
	if (task.pid < 0)
		end_failed("fork", "errno=%d", errno);
	if (task.pid)
		return task;
	/* A driver that fails before the release leaves no task behind; a hung task is sent no signal. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	if (read(task.go, &count, sizeof(count)) != sizeof(count))
		_exit(10);
	prctl(PR_SET_PDEATHSIG, 0);
	return task;
}

struct task start_seal_task(const struct victim *victim)
{
	struct task task = fork_task("seal-task");

	if (!task.pid)
		_exit(fcntl(victim->fd, F_ADD_SEALS, F_SEAL_WRITE) ? 11 : 0);
	return task;
}

struct task start_offline_task(int cpu)
{
	int online = open_online(cpu);
	struct task task = fork_task("offline-task");

	if (!task.pid)
		_exit(write(online, "0", 1) == 1 ? 0 : 12);
	close(online);
	return task;
}

void release_task(const struct task *task)
{
	const uint64_t one = 1;

	if (write(task->go, &one, sizeof(one)) != sizeof(one))
		end_failed("eventfd", "errno=%d", errno);
}
