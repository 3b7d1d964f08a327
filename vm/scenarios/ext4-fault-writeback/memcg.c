// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOCK_PAGES = 64 };	/* most pages a CPU charges ahead (MEMCG_CHARGE_BATCH) */

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

static void mount_memory_controller(char *root, size_t size)
{
	int error;

	snprintf(root, size, "/tmp/memcg-v1-XXXXXX");
	if (!mkdtemp(root))
		end_failed("mkdtemp", "path=%s errno=%d", root, errno);
	if (!mount("memory", root, "cgroup", 0, "memory"))
		return;
	error = errno;
	rmdir(root);
	if (error == EINVAL || error == ENOENT)
		end_not_affected(NO_V1);
	end_failed(error == EBUSY ? "memory-controller-in-cgroup-v2" : "mount", "path=%s errno=%d", root, error);
}

/* Some kernels without version 1 let its hierarchy be mounted all the same, with no file in it. */
static void check_has_limit(const struct memcg *memcg)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/memory.limit_in_bytes", memcg->path);
	if (access(file, W_OK) && errno == ENOENT)
		end_not_affected(NO_V1);
}

static void make_group(char *path, size_t size, const char *root, const char *name)
{
	if (snprintf(path, size, "%s/%s", root, name) >= (int)size)
		end_failed("path-too-long", "path=%s", root);
	if (mkdir(path, 0755) && errno != EEXIST)
		end_failed("mkdir", "path=%s errno=%d", path, errno);
}

static void reset_limit_hits(const struct memcg *memcg)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/memory.failcnt", memcg->path);
	write_number(file, 0);
}

void make_memcg(struct memcg *memcg)
{
	char root[64];

	if (!find_mount(root, sizeof(root)))
		mount_memory_controller(root, sizeof(root));
	make_group(memcg->path, sizeof(memcg->path), root, "fault-task");
	make_group(memcg->other, sizeof(memcg->other), root, "drain");
	check_has_limit(memcg);
	limit_memcg(memcg, -1);
	reset_limit_hits(memcg);	/* an earlier run's group may still be there */
}

void join_memcg(const char *path)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	write_number(file, getpid());
}

long memcg_usage_bytes(const struct memcg *memcg)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/memory.usage_in_bytes", memcg->path);
	return read_number(file);
}

long memcg_limit_hits(const struct memcg *memcg)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/memory.failcnt", memcg->path);
	return read_number(file);
}

/* A CPU keeps one cgroup's stock at a time: charging another one gives the first one's back. */
static void charge_on_each_cpu(const char *path)
{
	const size_t length = STOCK_PAGES / 4 * sysconf(_SC_PAGESIZE);
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	cpu_set_t set;

	join_memcg(path);
	for (long cpu = 0; cpu < cpus; cpu++) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			continue;	/* an offline CPU has no stock */
		if (mmap(NULL, length, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED)
			end_failed("mmap", "errno=%d", errno);
	}
}

void drain_charge_stocks(const struct memcg *memcg)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		end_failed("fork", "errno=%d", errno);
	if (!pid) {
		charge_on_each_cpu(memcg->other);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		end_failed("drain", "status=%d", status);
}

void limit_memcg(const struct memcg *memcg, long limit_bytes)
{
	char file[128];

	snprintf(file, sizeof(file), "%s/memory.limit_in_bytes", memcg->path);
	write_number(file, limit_bytes);
}

/* Best effort: pages still charged move to the parent, a group in use stays. */
void remove_memcg(const struct memcg *memcg)
{
	rmdir(memcg->path);
	rmdir(memcg->other);
}
