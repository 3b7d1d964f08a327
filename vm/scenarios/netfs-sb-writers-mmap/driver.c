// SPDX-License-Identifier: Apache-2.0
/*
 * Makes five tasks wait for each other for ever: a page fault on a network
 * file system's file, the server of that file system, the freezer of the file
 * system its cache is on, a task that removes an extended attribute there, and
 * an mmap. README.md has the steps, the output and the exit status.
 */
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <linux/magic.h>
#include <unistd.h>

enum { DEFAULT_TIMEOUT_S = 30, PATH_BYTES = 256 };

static void usage(void)
{
	fprintf(stderr, "usage: driver [--control] [--timeout SECONDS] EXT4-FOLDER FUSE-FOLDER\n");
	exit(2);
}

static struct options parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "control", no_argument, NULL, 'c' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .timeout_s = DEFAULT_TIMEOUT_S };
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c': options.control = true; break;
		case 't': options.timeout_s = parse_positive(optarg, 100000, usage); break;
		default: usage();
		}
	}
	if (optind != argc - 2)
		usage();
	options.ext4_folder = argv[optind];
	options.fuse_folder = argv[optind + 1];
	return options;
}

/* Freezing the root file system would stop the guest: an ext4 that nothing else lives on. */
static void check_ext4(const char *folder)
{
	struct statfs given, root;

	if (statfs(folder, &given) || given.f_type != EXT4_SUPER_MAGIC)
		end_failed("not-ext4", "path=%s", folder);
	if (!statfs("/", &root) && !memcmp(&root.f_fsid, &given.f_fsid, sizeof(root.f_fsid)))
		end_failed("root-file-system", "path=%s", folder);
}

/* Its block is on disk, so that the write meets nothing but the freezer. */
static int make_file(const char *folder, const char *name)
{
	static const char block[4096];
	char path[PATH_BYTES];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		end_failed("open", "path=%s errno=%d", path, errno);
	if (write(fd, block, sizeof(block)) != sizeof(block) || fsync(fd))
		end_failed("write", "path=%s errno=%d", path, errno);
	return fd;
}

static void await_ready(const struct stage *stage, enum role role, double end_seconds)
{
	while (!stage->tids[role]) {
		if (monotonic_seconds() > end_seconds)
			end_failed("task-not-ready", "task=%s", task_names[role]);
		if (waitpid(-1, NULL, WNOHANG) > 0)
			end_failed("task-ended-early", "task=%s", task_names[role]);
		sleep_ms(1);
	}
	log_step("task-ready", "role=%s task=%s pid=%d", role_names[role], task_names[role], stage->tids[role]);
}

/* All of them stand at their gates before anything blocks: afterwards nothing need be started. */
static void start_tasks(struct stage *stage, const struct options *options, double end_seconds)
{
	char netfs_file[PATH_BYTES];
	const int cache_fd = make_file(options->ext4_folder, "cache");
	const int xattr_fd = make_file(options->ext4_folder, "other");

	start_server(stage, options, cache_fd);
	await_ready(stage, ROLE_SERVER, end_seconds);
	start_freezer(stage, options);
	await_ready(stage, ROLE_FREEZE, end_seconds);
	snprintf(netfs_file, sizeof(netfs_file), "%s/file", options->fuse_folder);
	start_mapper(stage, netfs_file, xattr_fd);
	await_ready(stage, ROLE_FAULT, end_seconds);
	await_ready(stage, ROLE_MMAP, end_seconds);
	await_ready(stage, ROLE_XATTR, end_seconds);
}

/* The second READ is the retry's, which keeps the mmap_lock. */
static void await_second_read(const struct stage *stage, double end_seconds)
{
	while (stage->reads < 2) {
		if (stage->ends[ROLE_FAULT])
			end_failed("fault-not-retried", "reads=%d", stage->reads);
		if (monotonic_seconds() > end_seconds)
			end_failed("no-second-read", "reads=%d", stage->reads);
		sleep_ms(1);
	}
	log_step("second-read", "reads=%d", stage->reads);
}

static void send_in(const struct stage *stage, enum role role, double end_seconds)
{
	open_gate(stage, role);
	if (!await_stuck(stage, role, end_seconds))
		end_failed("not-blocked", "role=%s end=%d", role_names[role], stage->ends[role]);
}

/*
 * One after the other, each seen waiting before the next is let go. NULL once
 * four of them wait, else the reason why this kernel does not get that far.
 */
static const char *build_chain(const struct stage *stage, double end_seconds)
{
	/* Its own process opened the gate of the faulting task. */
	await_second_read(stage, end_seconds);
	if (!await_stuck(stage, ROLE_FAULT, end_seconds))
		end_failed("not-blocked", "role=fault");
	send_in(stage, ROLE_MMAP, end_seconds);
	open_gate(stage, ROLE_XATTR);
	if (!await_stuck(stage, ROLE_XATTR, end_seconds)) {
		open_gate(stage, ROLE_FREEZE);
		return "fault-without-mmap-lock";
	}
	open_gate(stage, ROLE_FREEZE);
	return await_stuck(stage, ROLE_FREEZE, end_seconds) ? NULL : "xattr-name-read-before-sb-writers";
}

static void print_result(const char *word, const char *reason, const struct stage *stage, double seconds)
{
	printf("result %s%s%s", word, reason ? " reason=" : "", reason ? reason : "");
	for (enum role role = 0; role < ROLES; role++)
		printf(" %s_pid=%d", role_names[role], stage->tids[role]);
	printf(" seconds=%.3f\n", seconds);
	fflush(stdout);
}

static void await_all_returned(const struct stage *stage, double end_seconds)
{
	for (enum role role = 0; role < ROLES; role++)
		await_returned(stage, role, end_seconds);
}

/* The lazy unmount ends the server once the mapping is gone. */
static void clean_up(const struct options *options)
{
	umount2(options->fuse_folder, MNT_DETACH);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* The outcome asked for is success: a hang, with --control none. */
int main(int argc, char **argv)
{
	const struct options options = parse_options(argc, argv);
	const double end_seconds = monotonic_seconds() + options.timeout_s;
	struct stage *stage = make_stage();
	const char *unaffected;
	double begun_seconds;

	check_ext4(options.ext4_folder);
	quicken_hung_task_detector();
	start_tasks(stage, &options, end_seconds);
	begun_seconds = monotonic_seconds();
	unaffected = build_chain(stage, end_seconds);
	open_gate(stage, ROLE_SERVER);
	if (!unaffected && !options.control) {
		print_result("hung", NULL, stage, await_all_stuck(stage, end_seconds) - begun_seconds);
		/* _exit: nothing of the stuck tasks has to be waited for. */
		_exit(0);
	}
	await_all_returned(stage, end_seconds);
	clean_up(&options);
	if (unaffected) {
		print_result("not-affected", unaffected, stage, monotonic_seconds() - begun_seconds);
		return 4;
	}
	print_result("clean", NULL, stage, monotonic_seconds() - begun_seconds);
	return options.control ? 0 : 1;
}
