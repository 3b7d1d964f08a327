// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <stdlib.h>
#include <string.h>

/* Static: /proc/slabinfo is long, and the driver has one thread. */
static char text[65536];

static const char *after(const char *line, const char *label)
{
	return strncmp(line, label, strlen(label)) ? NULL : line + strlen(label);
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/* "btrfs_inode  <objects in use> …" */
static long read_btrfs_inodes(void)
{
	if (try_read_text("/proc/slabinfo", text, sizeof(text)) <= 0)
		return -1;
	for (const char *line = text; *line; line = next_line(line)) {
		const char *value = after(line, "btrfs_inode ");

		if (value)
			return strtol(value, NULL, 10);
	}
	return -1;
}

/* One line for each zone: allocstall_normal and so on. */
static long read_direct_reclaims(void)
{
	long sum = 0;

	if (try_read_text("/proc/vmstat", text, sizeof(text)) <= 0)
		return -1;
	for (const char *line = text; *line; line = next_line(line)) {
		const char *value = after(line, "allocstall_");

		if (value)
			sum += strtol(value + strcspn(value, " "), NULL, 10);
	}
	return sum;
}

struct counters read_counters(void)
{
	return (struct counters){ .btrfs_inodes = read_btrfs_inodes(), .direct_reclaims = read_direct_reclaims() };
}
