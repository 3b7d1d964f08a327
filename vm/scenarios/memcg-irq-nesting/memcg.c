// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_V1 "no-memory-cgroup-v1"

static bool find_mount(char *root, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	const struct mntent *mount = NULL;

	if (!mounts)
		return false;
	while ((mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_type, "cgroup") && hasmntopt(mount, "memory"))
			break;
	if (mount)
		snprintf(root, size, "%s", mount->mnt_dir);
	endmntent(mounts);
	return mount;
}

void make_memcg(struct memcg *memcg)
{
	char root[64], file[128];

	if (!find_mount(root, sizeof(root)))
		end_not_affected(NO_V1);
	snprintf(memcg->path, sizeof(memcg->path), "%s/irq-nesting", root);
	if (mkdir(memcg->path, 0755) && errno != EEXIST)
		end_failed("mkdir", "path=%s errno=%d", memcg->path, errno);
	/* Some kernels without version 1 let its hierarchy be mounted all the same, with no file in it. */
	snprintf(file, sizeof(file), "%s/memory.usage_in_bytes", memcg->path);
	if (access(file, R_OK))
		end_not_affected(NO_V1);
}

void join_memcg(const struct memcg *memcg)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/cgroup.procs", memcg->path);
	write_number(file, getpid());
}

void remove_memcg(const struct memcg *memcg)
{
	rmdir(memcg->path);
}
