// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGES = 16, PAGE_BYTES = 4096 };

static int make_memfd(void)
{
	static const char text[PAGE_BYTES];
	int fd = memfd_create("victim", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd < 0 && errno == ENOSYS)
		end_not_affected("no-memfd");
	if (fd < 0)
		end_failed("memfd_create", "errno=%d", errno);
	for (int page = 0; page < PAGES; page++)
		if (write(fd, text, sizeof(text)) != sizeof(text))
			end_failed("write", "page=%d errno=%d", page, errno);
	return fd;
}

/*
 * splice moves no bytes: the pipe refers to the page itself. Without such a
 * page sealing finds nothing in use and drains nothing.
 */
struct victim prepare_victim(void)
{
	struct victim victim = { .fd = make_memfd() };
	loff_t offset = 0;
	struct stat stat;
	ssize_t pinned;

	if (fstat(victim.fd, &stat))
		end_failed("fstat", "errno=%d", errno);
	victim.ino = stat.st_ino;
	if (pipe2(victim.pipe, O_CLOEXEC | O_NONBLOCK))
		end_failed("pipe", "errno=%d", errno);
	pinned = splice(victim.fd, &offset, victim.pipe[1], NULL, PAGE_BYTES, 0);
	if (pinned != PAGE_BYTES)
		end_failed("splice", "bytes=%zd errno=%d", pinned, errno);
	log_step("page-pinned", "inode=%lu pages=%d pinned_bytes=%zd", (unsigned long)victim.ino, PAGES, pinned);
	return victim;
}

void unpin_victim(const struct victim *victim)
{
	char text[PAGE_BYTES];
	ssize_t length = 0, got;

	while ((got = read(victim->pipe[0], text, sizeof(text))) > 0)
		length += got;
	if (length != PAGE_BYTES)
		end_failed("pipe-not-emptied", "bytes=%zd errno=%d", length, errno);
}

bool is_write_sealed(const struct victim *victim)
{
	int seals = fcntl(victim->fd, F_GET_SEALS);

	return seals >= 0 && (seals & F_SEAL_WRITE);
}
