// SPDX-License-Identifier: Apache-2.0
#include "common.h"

#include <stdlib.h>

long parse_positive(const char *text, long most, void (*usage)(void))
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*end || end == text || number < 1 || number > most)
		usage();
	return number;
}
