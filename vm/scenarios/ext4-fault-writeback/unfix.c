// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PARAMETERS "/sys/module/unfix_finish_fault/parameters/"

bool unfix_loaded(void)
{
	return !access(PARAMETERS "armed", W_OK);
}

void arm_unfix(const struct fault_choice *choice)
{
	write_number(PARAMETERS "tgid", choice->tgid);
	write_number(PARAMETERS "dev_major", major(choice->dev));
	write_number(PARAMETERS "dev_minor", minor(choice->dev));
	write_number(PARAMETERS "ino", choice->ino);
	write_number(PARAMETERS "pgoff", choice->page);
	write_number(PARAMETERS "waiter_ms", choice->waiter_ms);
	write_text(PARAMETERS "armed", "1");
}

void disarm_unfix(void)
{
	write_text(PARAMETERS "armed", "0");
}

bool unfix_phase_is(const char *phase)
{
	char text[32];

	return try_read_text(PARAMETERS "phase", text, sizeof(text)) > 0 &&
	       !strncmp(text, phase, strlen(phase));
}

long unfix_withheld(void)
{
	return read_number(PARAMETERS "withheld");
}

bool unfix_had_waiter(void)
{
	char text[8];

	return try_read_text(PARAMETERS "had_waiter", text, sizeof(text)) > 0 && text[0] == 'Y';
}
