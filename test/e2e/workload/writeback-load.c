// SPDX-License-Identifier: Apache-2.0
/*
 * Dirties a file through a shared mapping while other threads sync it, a fixed number of times: page locks and writeback
 * are waited for, briefly and all the time, and nothing hangs. The mapping is made anew each round, so that page tables
 * are allocated as well.
 *
 * usage: writeback-load FILE ROUNDS
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, FILE_BYTES = 8 << 20, SYNCERS = 2 };

static int file;
static atomic_int done;

static void check(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(1);
	}
}

static void *sync_often(void *unused)
{
	(void)unused;
	while (!atomic_load(&done))
		check(fdatasync(file) == 0, "fdatasync");
	return NULL;
}

static void dirty_every_page(int round)
{
	char *map = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	check(map != MAP_FAILED, "mmap");
	for (long at = 0; at < FILE_BYTES; at += PAGE_BYTES)
		map[at] = (char)round;
	check(munmap(map, FILE_BYTES) == 0, "munmap");
}

int main(int argc, char **argv)
{
	pthread_t syncers[SYNCERS];

	if (argc != 3) {
		fprintf(stderr, "usage: writeback-load FILE ROUNDS\n");
		return 2;
	}
	file = open(argv[1], O_RDWR | O_CREAT, 0600);
	check(file >= 0, argv[1]);
	check(posix_fallocate(file, 0, FILE_BYTES) == 0, "posix_fallocate");
	for (int i = 0; i < SYNCERS; i++)
		check(pthread_create(&syncers[i], NULL, sync_often, NULL) == 0, "pthread_create");
	for (int round = 1; round <= atoi(argv[2]); round++)
		dirty_every_page(round);
	atomic_store(&done, 1);
	for (int i = 0; i < SYNCERS; i++)
		pthread_join(syncers[i], NULL);
	return 0;
}
