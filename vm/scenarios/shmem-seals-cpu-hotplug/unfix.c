// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <string.h>
#include <unistd.h>

#define PARAMETERS "/sys/module/unfix_lru_drain/parameters/"

static bool reads_as(const char *path, const char *wanted)
{
	char text[32];

	return try_read_text(path, text, sizeof(text)) > 0 && !strncmp(text, wanted, strlen(wanted));
}

bool unfix_loaded(void)
{
	return !access(PARAMETERS "armed", W_OK);
}

bool unfix_takes_hotplug_lock(void)
{
	return reads_as(PARAMETERS "hotplug_lock", "Y");
}

void arm_unfix(pid_t tgid, int fd, unsigned int teardown_ms)
{
	write_number(PARAMETERS "tgid", tgid);
	write_number(PARAMETERS "fd", fd);
	write_number(PARAMETERS "teardown_ms", teardown_ms);
	write_text(PARAMETERS "armed", "1");
}

void disarm_unfix(void)
{
	write_text(PARAMETERS "armed", "0");
}

bool unfix_phase_is(const char *phase)
{
	return reads_as(PARAMETERS "phase", phase);
}

bool unfix_teardown_is(const char *teardown)
{
	return reads_as(PARAMETERS "teardown", teardown);
}

bool unfix_had_teardown(void)
{
	return reads_as(PARAMETERS "had_teardown", "Y");
}
