// SPDX-License-Identifier: Apache-2.0
/*
 * Threads of one process on a file system that is frozen now and then: they write, set and remove xattrs whose names lie
 * on pages yet to be faulted in, dirty a shared mapping, and map and unmap. Runs until it is ended.
 *
 * usage: frozen-writers FILE
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, MAP_BYTES = 1 << 20, PAUSE_US = 2000 };

static int file;

static void check(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(1);
	}
}

static void *map_memory(int flags, int fd)
{
	void *memory = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, flags, fd, 0);

	check(memory != MAP_FAILED, "mmap");
	return memory;
}

static void *write_file(void *unused)
{
	char block[PAGE_BYTES] = "";

	(void)unused;
	for (long at = 0;; at = (at + PAGE_BYTES) % MAP_BYTES) {
		check(pwrite(file, block, sizeof(block), at) == sizeof(block), "pwrite");
		usleep(PAUSE_US);
	}
	return NULL;
}

static void *set_xattrs(void *unused)
{
	(void)unused;
	for (;;) {
		char *value = map_memory(MAP_PRIVATE | MAP_ANONYMOUS, -1);

		check(fsetxattr(file, "user.load", value, 64, 0) == 0, "fsetxattr");
		strcpy(value + PAGE_BYTES, "user.load");
		check(fremovexattr(file, value + PAGE_BYTES) == 0, "fremovexattr");
		check(munmap(value, MAP_BYTES) == 0, "munmap");
		usleep(PAUSE_US);
	}
	return NULL;
}

static void *dirty_mapping(void *unused)
{
	(void)unused;
	for (;;) {
		char *map = map_memory(MAP_SHARED, file);

		for (long at = 0; at < MAP_BYTES; at += PAGE_BYTES)
			map[at]++;
		check(munmap(map, MAP_BYTES) == 0, "munmap");
		usleep(PAUSE_US);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	void *(*const roles[])(void *) = { write_file, write_file, set_xattrs, dirty_mapping };
	const int count = sizeof(roles) / sizeof(*roles);
	pthread_t threads[sizeof(roles) / sizeof(*roles)];

	if (argc != 2) {
		fprintf(stderr, "usage: frozen-writers FILE\n");
		return 2;
	}
	file = open(argv[1], O_RDWR | O_CREAT, 0600);
	check(file >= 0, argv[1]);
	check(ftruncate(file, MAP_BYTES) == 0, "ftruncate");
	for (int i = 0; i < count; i++)
		check(pthread_create(&threads[i], NULL, roles[i], NULL) == 0, "pthread_create");
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
