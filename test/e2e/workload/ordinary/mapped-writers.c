// SPDX-License-Identifier: Apache-2.0
/*
 * Writers to one file through one shared mapping, threads that sync it, and one that maps and unmaps: page locks,
 * writeback and the process's mmap_lock are waited for all the time. Runs until it is ended.
 *
 * usage: mapped-writers FILE
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, FILE_BYTES = 16 << 20, WRITERS = 2, SYNCERS = 2, PAUSE_US = 5000 };

static int file;
static char *shared;

static void check(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(1);
	}
}

static char *map_file(void)
{
	char *map = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	check(map != MAP_FAILED, "mmap");
	return map;
}

static void *write_pages(void *first)
{
	for (;;) {
		for (long at = (long)first; at < FILE_BYTES; at += WRITERS * PAGE_BYTES)
			shared[at]++;
		usleep(PAUSE_US);
	}
	return NULL;
}

static void *sync_file(void *unused)
{
	(void)unused;
	for (;;)
		check(fdatasync(file) == 0 && usleep(PAUSE_US) == 0, "fdatasync");
	return NULL;
}

static void start(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, run, argument) == 0, "pthread_create");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: mapped-writers FILE\n");
		return 2;
	}
	file = open(argv[1], O_RDWR | O_CREAT, 0600);
	check(file >= 0, argv[1]);
	check(posix_fallocate(file, 0, FILE_BYTES) == 0, "posix_fallocate");
	shared = map_file();
	for (long i = 0; i < WRITERS; i++)
		start(write_pages, (void *)(i * PAGE_BYTES));
	for (int i = 0; i < SYNCERS; i++)
		start(sync_file, NULL);
	for (;;) {
		char *map = map_file();

		for (long at = 0; at < FILE_BYTES; at += 16 * PAGE_BYTES)
			map[at]++;
		check(munmap(map, FILE_BYTES) == 0, "munmap");
		usleep(PAUSE_US);
	}
}
