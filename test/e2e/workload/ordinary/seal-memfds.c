// SPDX-License-Identifier: Apache-2.0
/*
 * Seals memory files against writing, again and again, with a page of each pinned by a pipe while the seal is tried: the
 * kernel then drains the page caches of every CPU. Runs until it is ended.
 *
 * usage: seal-memfds
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096 };

static void check(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(1);
	}
}

static void seal_one(void)
{
	char page[PAGE_BYTES] = "";
	int ends[2];
	int file = memfd_create("load", MFD_ALLOW_SEALING);

	check(file >= 0 && pipe(ends) == 0, "memfd_create");
	check(write(file, page, sizeof(page)) == sizeof(page), "write");
	check(lseek(file, 0, SEEK_SET) == 0, "lseek");
	check(splice(file, NULL, ends[1], NULL, PAGE_BYTES, 0) == PAGE_BYTES, "splice");
	// The pipe still has the page: EBUSY once the kernel has waited for it long enough.
	check(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == 0 || errno == EBUSY, "F_ADD_SEALS");
	close(ends[0]);
	close(ends[1]);
	check(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == 0, "F_ADD_SEALS");
	close(file);
}

int main(void)
{
	for (;;) {
		seal_one();
		usleep(1000);
	}
}
