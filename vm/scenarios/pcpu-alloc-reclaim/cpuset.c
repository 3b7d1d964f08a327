// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <linux/magic.h>

enum { MAX_NODES = 64 };

static bool read_node(int node, const char *file, char *text, size_t size)
{
	char path[96];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/%s", node, file);
	length = try_read_text(path, text, size);
	if (length > 0)
		text[strcspn(text, "\n")] = '\0';
	return length >= 0;
}

int find_memory_node(void)
{
	char cpus[256];

	for (int node = 0; node < MAX_NODES; node++)
		if (read_node(node, "cpulist", cpus, sizeof(cpus)) && !cpus[0])
			return node;
	end_failed("no-node-without-cpus", "wanted=numa-node-with-memory-only");
}

/* Where the hierarchy is mounted, and whether it is cgroup v2. */
static const char *find_hierarchy(bool *unified)
{
	struct statfs fs;

	*unified = false;
	if (!statfs("/sys/fs/cgroup/cpuset", &fs) && fs.f_type == CGROUP_SUPER_MAGIC)
		return "/sys/fs/cgroup/cpuset";
	*unified = true;
	if (!statfs("/sys/fs/cgroup", &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return "/sys/fs/cgroup";
	end_failed("no-cpuset-hierarchy", "looked_at=/sys/fs/cgroup/cpuset,/sys/fs/cgroup");
}

static void name_setting(char *path, size_t size, const char *group, const char *name)
{
	snprintf(path, size, "%s/%s", group, name);
}

static void write_setting(const char *group, const char *name, const char *text)
{
	char path[PATH_BYTES];

	name_setting(path, sizeof(path), group, name);
	write_text(path, text);
}

/*
 * Without it the kernel gives GFP_KERNEL memory of another node rather than
 * reclaim. cgroup v2 has no such setting: there the load may reclaim less.
 */
static void wall_in(const char *group)
{
	char path[PATH_BYTES];

	name_setting(path, sizeof(path), group, "cpuset.mem_hardwall");
	try_write_text(path, "1");
}

void make_cpuset(char *path, size_t size, int node)
{
	bool unified;
	const char *root = find_hierarchy(&unified);
	char text[256];

	if (unified)
		write_setting(root, "cgroup.subtree_control", "+cpuset");
	snprintf(path, size, "%s/map-task", root);
	if (mkdir(path, 0755) && errno != EEXIST)
		end_failed("mkdir", "path=%s errno=%d", path, errno);
	if (try_read_text("/sys/devices/system/cpu/online", text, sizeof(text)) <= 0)
		end_failed("read", "path=/sys/devices/system/cpu/online errno=%d", errno);
	write_setting(path, "cpuset.cpus", text);
	snprintf(text, sizeof(text), "%d", node);
	write_setting(path, "cpuset.mems", text);
	wall_in(path);
}
