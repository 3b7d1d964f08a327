// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps so much anonymous memory in use, and gives it back and takes it again. Runs until it is ended; if memory runs out
 * it is the first to be ended by the kernel, and a child takes its place.
 *
 * usage: touch-memory MIB
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(1);
	}
}

static void volunteer_for_oom_killer(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "w");

	check(file != NULL, "oom_score_adj");
	check(fputs("1000", file) >= 0 && fclose(file) == 0, "oom_score_adj");
}

static void use_memory(size_t bytes)
{
	for (int round = 1;; round++) {
		char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		check(memory != MAP_FAILED, "mmap");
		memset(memory, round, bytes);
		usleep(200000);
		check(munmap(memory, bytes) == 0, "munmap");
	}
}

int main(int argc, char **argv)
{
	if (argc != 2 || atol(argv[1]) <= 0) {
		fprintf(stderr, "usage: touch-memory MIB\n");
		return 2;
	}
	for (;;) {
		int status;
		pid_t child = fork();

		check(child >= 0, "fork");
		if (child == 0) {
			check(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
			volunteer_for_oom_killer();
			use_memory((size_t)atol(argv[1]) << 20);
		}
		check(waitpid(child, &status, 0) == child, "waitpid");
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
			return 1;
	}
}
