// SPDX-License-Identifier: Apache-2.0
#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

double monotonic_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

void sleep_ms(long ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

void log_step(const char *name, const char *format, ...)
{
	va_list args;

	printf("step %.6f %s ", monotonic_seconds(), name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* _exit: a stuck child is inherited by init, nothing here may wait for it. */
void end_failed(const char *reason, const char *format, ...)
{
	va_list args;

	printf("result failed reason=%s ", reason);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(3);
}

void end_not_affected(const char *reason)
{
	printf("result not-affected reason=%s\n", reason);
	fflush(stdout);
	_exit(4);
}
