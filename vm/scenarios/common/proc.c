// SPDX-License-Identifier: Apache-2.0
#include "common.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACER "bpf_trampoline_"

enum { TEXT_BYTES = 8192 };

/* The text after a line's label, NULL if there is no such line. */
static const char *find_line(const char *text, const char *label)
{
	const char *line = strstr(text, label);

	return line ? line + strlen(label) : NULL;
}

static long line_number(const char *text, const char *label)
{
	const char *value = find_line(text, label);

	return value ? strtol(value, NULL, 10) : 0;
}

/* Lines read "[<0>] name+0xoff/0xsize [module]"; the names are kept, but for a tracer's own frames. */
static void decode_stack(const char *text, char *functions, size_t size)
{
	size_t used = 0;
	const char *line = text;

	functions[0] = '\0';
	while ((line = strstr(line, "] ")) && used < size) {
		size_t length = strcspn(line += 2, "+\n");

		if (strncmp(line, TRACER, strlen(TRACER)))
			used += snprintf(functions + used, size - used, "%s%.*s",
					 used ? "," : "", (int)length, line);
		line += strcspn(line, "\n");
	}
}

void sample_task(pid_t tid, struct sample *sample)
{
	char path[48], text[TEXT_BYTES];
	const char *value;

	memset(sample, 0, sizeof(*sample));
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (try_read_text(path, text, sizeof(text)) <= 0)
		return;
	value = find_line(text, "Name:\t");
	/* A worker's name comes with its work after a "+", which no tracer sees. */
	if (value)
		snprintf(sample->comm, sizeof(sample->comm), "%.*s", (int)strcspn(value, "+\n"), value);
	value = find_line(text, "State:\t");
	sample->state = value ? *value : 0;
	/* "voluntary_ctxt_switches" also ends the other label: the newline tells them apart. */
	sample->switches = line_number(text, "\nvoluntary_ctxt_switches:\t") +
			   line_number(text, "\nnonvoluntary_ctxt_switches:\t");
	snprintf(path, sizeof(path), "/proc/%d/stack", tid);
	if (try_read_text(path, text, sizeof(text)) > 0)
		decode_stack(text, sample->functions, sizeof(sample->functions));
}

bool in_function(const struct sample *sample, const char *function)
{
	const size_t length = strlen(function);
	const char *found = sample->functions;

	while ((found = strstr(found, function))) {
		if ((found == sample->functions || found[-1] == ',') &&
		    (found[length] == ',' || found[length] == '\0'))
			return true;
		found += length;
	}
	return false;
}

bool is_same_sleep(const struct sample *before, const struct sample *now)
{
	return before->state == now->state && before->switches == now->switches &&
	       !strcmp(before->functions, now->functions);
}

bool is_stuck_since(const struct sample *before, const struct sample *now)
{
	return now->state == 'D' && is_same_sleep(before, now);
}

pid_t find_task(bool (*fits)(const struct sample *sample))
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	struct sample sample;
	pid_t found = 0;

	if (!proc)
		return 0;
	while (!found && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);

		if (pid <= 0)
			continue;
		sample_task(pid, &sample);
		if (fits(&sample))
			found = pid;
	}
	closedir(proc);
	return found;
}
