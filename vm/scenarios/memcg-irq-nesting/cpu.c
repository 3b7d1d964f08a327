// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 1 << 16 };

/* Lines are "LABEL: COUNT0 COUNT1 …", a column for each CPU online. */
static long read_interrupts(const char *text, const char *label, int cpu)
{
	const char *line = strstr(text, label);
	char *next;
	long count = 0;

	if (!line)
		end_failed("no-interrupt", "label=%s", label);
	next = (char *)line + strlen(label);
	for (int column = 0; column <= cpu; column++)
		count = strtol(next, &next, 10);
	return count;
}

static long read_ticks(int cpu)
{
	char text[TEXT_BYTES], label[16], *next;
	const char *line;
	long sum = 0;

	snprintf(label, sizeof(label), "\ncpu%d ", cpu);
	if (try_read_text("/proc/stat", text, sizeof(text)) <= 0 || !(line = strstr(text, label)))
		end_failed("read", "path=/proc/stat cpu=%d", cpu);
	next = (char *)line + strlen(label);
	for (int field = 0; field < 10; field++)
		sum += strtol(next, &next, 10);
	return sum;
}

struct cpu_counts count_cpu(int cpu, const struct disk *disk)
{
	char text[TEXT_BYTES], label[16];
	struct cpu_counts counts = { .ticks = read_ticks(cpu) };

	if (try_read_text("/proc/interrupts", text, sizeof(text)) <= 0)
		end_failed("read", "path=/proc/interrupts");
	snprintf(label, sizeof(label), "%d:", disk->irq);
	counts.timer = read_interrupts(text, "LOC:", cpu);
	counts.disk = read_interrupts(text, label, cpu);
	return counts;
}

void stay_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		end_failed("sched_setaffinity", "cpu=%d errno=%d", cpu, errno);
}

void stay_off_cpu(int cpu)
{
	const long cpus = sysconf(_SC_NPROCESSORS_CONF);
	cpu_set_t set;

	CPU_ZERO(&set);
	for (long other = 0; other < cpus; other++)
		if (other != cpu)
			CPU_SET(other, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		end_failed("one-cpu-only", "cpus=%ld errno=%d", cpus, errno);
}
