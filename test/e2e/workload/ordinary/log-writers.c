// SPDX-License-Identifier: Apache-2.0
/*
 * Threads that write one log through one descriptor, each line on disk before the next (O_DSYNC): all but one wait for the
 * mutex of the file's position. Runs until it is ended.
 *
 * usage: log-writers FILE
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_BYTES = 512, LOG_BYTES = 1 << 20, WRITERS = 3 };

static int file;

static void check(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(1);
	}
}

static void *write_lines(void *unused)
{
	char line[LINE_BYTES] = "";

	(void)unused;
	for (;;) {
		check(write(file, line, sizeof(line)) == sizeof(line), "write");
		if (lseek(file, 0, SEEK_CUR) >= LOG_BYTES)
			check(lseek(file, 0, SEEK_SET) >= 0, "lseek");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[WRITERS];

	if (argc != 2) {
		fprintf(stderr, "usage: log-writers FILE\n");
		return 2;
	}
	file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_DSYNC, 0600);
	check(file >= 0, argv[1]);
	for (int i = 0; i < WRITERS; i++)
		check(pthread_create(&threads[i], NULL, write_lines, NULL) == 0, "pthread_create");
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
