// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t fork_task(const char *name)
{
	pid_t pid = fork();

	if (pid < 0)
		end_failed("fork", "task=%s errno=%d", name, errno);
	if (!pid)
		prctl(PR_SET_NAME, name);
	return pid;
}

bool write_pages(const struct victim *victim)
{
	char *text = calloc(1, victim->page_bytes);
	bool done = text;

	for (long page = 0; done && page < victim->pages; page++)
		done = pwrite(victim->fd, text, victim->page_bytes, page * victim->page_bytes) == victim->page_bytes;
	free(text);
	return done;
}

/* fsync submits from this CPU, so the disk answers on this CPU. */
pid_t start_writer(const struct victim *victim, const struct memcg *memcg, int cpu)
{
	pid_t pid = fork_task("write-task");

	if (!pid) {
		join_memcg(memcg);
		stay_on_cpu(cpu);
		_exit(write_pages(victim) && !fsync(victim->fd) ? 0 : 1);
	}
	return pid;
}

/* Outside of the memory cgroup: nothing of this task's own is charged to what it locks. */
pid_t start_nester(const struct victim *victim, int cpu)
{
	pid_t pid = fork_task("nest-task");

	if (!pid) {
		stay_on_cpu(cpu);
		_exit(nest_locks(victim->fd));
	}
	return pid;
}

int child_status(pid_t pid, const char *name)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return -1;
	if (!WIFEXITED(status))
		end_failed("task-killed", "task=%s pid=%d signal=%d", name, pid, WTERMSIG(status));
	return WEXITSTATUS(status);
}

char task_state(pid_t pid)
{
	char path[48], text[2048];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (try_read_text(path, text, sizeof(text)) <= 0)
		return 0;
	state = strstr(text, "State:\t");
	return state ? state[strlen("State:\t")] : 0;
}

bool waits_for_writeback(pid_t pid)
{
	char path[48], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	return task_state(pid) == 'D' && try_read_text(path, text, sizeof(text)) > 0 &&
	       strstr(text, " folio_wait_writeback+");
}
