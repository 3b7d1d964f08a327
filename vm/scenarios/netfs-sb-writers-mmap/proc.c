// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACER "bpf_trampoline_"

enum { TEXT_BYTES = 8192 };

/* procfs hands a stack out in several reads once it is longer than its buffer. */
static bool read_text(const char *path, char *text, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got;

	text[0] = '\0';
	if (fd < 0)
		return false;
	while ((got = read(fd, text + length, size - 1 - length)) > 0)
		length += got;
	close(fd);
	text[length] = '\0';
	return length > 0;
}

/* What stands behind a label; an empty text if there is no such line. */
static const char *value_of(const char *text, const char *label)
{
	const char *line = strstr(text, label);

	return line ? line + strlen(label) : "";
}

/* Lines read "[<0>] name+0xoff/0xsize [module]"; the names are kept, but for a tracer's own frames. */
static void decode_stack(const char *text, char *functions, size_t size)
{
	size_t used = 0;

	functions[0] = '\0';
	while ((text = strstr(text, "] ")) && used < size) {
		const int length = strcspn(text += 2, "+\n");

		if (strncmp(text, TRACER, strlen(TRACER)))
			used += snprintf(functions + used, size - used, "%s%.*s", used ? "," : "", length, text);
		text += strcspn(text, "\n");
	}
}

/* Neither file takes the task's mmap_lock, as others under /proc do. */
void sample_task(pid_t tid, struct sample *sample)
{
	char path[48], text[TEXT_BYTES];

	memset(sample, 0, sizeof(*sample));
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (!read_text(path, text, sizeof(text)))
		return;
	sample->state = *value_of(text, "State:\t");
	/* "voluntary_ctxt_switches" also ends the other label: the newline tells them apart. */
	sample->switches = atol(value_of(text, "\nvoluntary_ctxt_switches:\t")) +
			   atol(value_of(text, "\nnonvoluntary_ctxt_switches:\t"));
	snprintf(path, sizeof(path), "/proc/%d/stack", tid);
	if (read_text(path, text, sizeof(text)))
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
