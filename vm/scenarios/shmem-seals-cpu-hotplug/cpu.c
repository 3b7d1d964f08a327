// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 64 };

/* Another thread name may begin with this one's, so the whole is compared. */
static char hotplug_comm[COMM_BYTES];

static void online_path(int cpu, char *path)
{
	snprintf(path, PATH_BYTES, "/sys/devices/system/cpu/cpu%d/online", cpu);
}

bool can_take_offline(int cpu)
{
	char path[PATH_BYTES];

	online_path(cpu, path);
	return !access(path, W_OK);
}

bool is_online(int cpu)
{
	char path[PATH_BYTES];

	online_path(cpu, path);
	return read_number(path) == 1;
}

void bring_online(int cpu)
{
	char path[PATH_BYTES];

	online_path(cpu, path);
	write_text(path, "1");
}

int open_online(int cpu)
{
	char path[PATH_BYTES];
	int fd;

	online_path(cpu, path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		end_failed("open", "path=%s errno=%d", path, errno);
	return fd;
}

static bool is_hotplug_thread(const struct sample *sample)
{
	return !strcmp(sample->comm, hotplug_comm);
}

pid_t find_hotplug_thread(int cpu)
{
	pid_t pid;

	snprintf(hotplug_comm, sizeof(hotplug_comm), "cpuhp/%d", cpu);
	pid = find_task(is_hotplug_thread);
	if (!pid)
		end_failed("no-hotplug-thread", "cpu=%d", cpu);
	return pid;
}
