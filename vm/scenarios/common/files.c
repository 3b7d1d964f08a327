// SPDX-License-Identifier: Apache-2.0
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool try_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (close(fd))
		done = false;
	return done;
}

void write_text(const char *path, const char *text)
{
	if (!try_write_text(path, text))
		end_failed("write", "path=%s value=%s errno=%d", path, text, errno);
}

void write_number(const char *path, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	write_text(path, text);
}

/* procfs hands a stack out in several reads once it is longer than its buffer. */
ssize_t try_read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = -1;

	if (fd < 0)
		return -1;
	while (length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0)
		length += got;
	close(fd);
	text[length] = '\0';
	return got < 0 ? -1 : (ssize_t)length;
}

long read_number(const char *path)
{
	char text[64];

	if (try_read_text(path, text, sizeof(text)) <= 0)
		end_failed("read", "path=%s errno=%d", path, errno);
	return strtol(text, NULL, 10);
}
