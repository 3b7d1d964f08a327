// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Lines read "[<0>] name+0xoff/0xsize [module]"; the names are kept. */
static void decode_stack(const char *text, char *functions, size_t size)
{
	size_t used = 0;
	const char *line = text;

	functions[0] = '\0';
	while ((line = strstr(line, "] ")) && used < size) {
		size_t length = strcspn(line += 2, "+\n");

		used += snprintf(functions + used, size - used, "%s%.*s",
				 used ? "," : "", (int)length, line);
		line += strcspn(line, "\n");
	}
}

void sample_task(pid_t pid, struct sample *sample)
{
	char path[48], text[TEXT_BYTES];
	const char *value;

	memset(sample, 0, sizeof(*sample));
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
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
	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	if (try_read_text(path, text, sizeof(text)) > 0)
		decode_stack(text, sample->functions, sizeof(sample->functions));
}

static bool in_function(const struct sample *sample, const char *function)
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

/* Waits for pcpu_alloc_mutex, or for reclaim under it, with its transaction's commit open. */
bool is_snapshot_in_allocator(const struct sample *sample)
{
	return in_function(sample, "create_pending_snapshot") && in_function(sample, "pcpu_alloc");
}

bool is_map_in_transaction_wait(const struct sample *sample)
{
	return in_function(sample, "pcpu_alloc") && in_function(sample, "wait_current_trans");
}

bool is_stuck_since(const struct sample *before, const struct sample *now)
{
	return before->state == 'D' && now->state == 'D' && before->switches == now->switches &&
	       !strcmp(before->functions, now->functions);
}
