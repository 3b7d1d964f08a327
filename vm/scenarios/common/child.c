// SPDX-License-Identifier: Apache-2.0
#include "common.h"

#include <sys/wait.h>

bool child_returned(pid_t pid, const char *name)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	if (status)
		end_failed("task-failed", "task=%s pid=%d exit=%d signal=%d", name, pid,
			   WIFEXITED(status) ? WEXITSTATUS(status) : -1,
			   WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return true;
}
