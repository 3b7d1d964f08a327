// SPDX-License-Identifier: Apache-2.0
/*
 * Makes a page fault and the writeback of the same ext4 file wait for each
 * other for ever. README.md has the steps, the output and the exit status.
 */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <unistd.h>

enum {
	DEFAULT_PAGES = 64,
	DEFAULT_TIMEOUT_S = 30,
	WAITER_MS = 10000,
	DRAIN_ROUNDS = 20,
};

enum second { SECOND_NONE, SECOND_FSYNC };

struct options {
	bool control;	/* the fix stays in place */
	bool no_limit;	/* the fix undone, and memory in plenty */
	enum second second;
	long pages;
	long timeout_s;
	const char *path;
};

static void usage(void)
{
	fprintf(stderr, "usage: driver [--control | --no-limit] [--second fsync|none] [--pages N] [--timeout SECONDS] FILE\n");
	exit(2);
}

static enum second parse_second(const char *text)
{
	if (!strcmp(text, "fsync"))
		return SECOND_FSYNC;
	if (strcmp(text, "none"))
		usage();
	return SECOND_NONE;
}

static struct options parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "control", no_argument, NULL, 'c' },
		{ "no-limit", no_argument, NULL, 'l' },
		{ "second", required_argument, NULL, 's' },
		{ "pages", required_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .pages = DEFAULT_PAGES, .timeout_s = DEFAULT_TIMEOUT_S };
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c': options.control = true; break;
		case 'l': options.no_limit = true; break;
		case 's': options.second = parse_second(optarg); break;
		case 'n': options.pages = parse_positive(optarg, 100000, usage); break;
		case 't': options.timeout_s = parse_positive(optarg, 100000, usage); break;
		default: usage();
		}
	}
	if (optind != argc - 1 || (options.control && options.no_limit))
		usage();
	options.path = argv[optind];
	return options;
}

/* Blocks allocated on disk and no page of it cached: pages dirtied next are charged to who dirties them. */
static struct victim prepare_victim(const struct options *options, struct stat *stat)
{
	struct victim victim = { .pages = options->pages, .page_bytes = sysconf(_SC_PAGESIZE) };
	char *text = calloc(1, victim.page_bytes);
	struct statfs fs;

	victim.fd = open(options->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (victim.fd < 0)
		end_failed("open", "path=%s errno=%d", options->path, errno);
	if (fstatfs(victim.fd, &fs) || fs.f_type != EXT4_SUPER_MAGIC)
		end_failed("not-ext4", "path=%s", options->path);
	for (long page = 0; page <= victim.pages; page++)
		if (pwrite(victim.fd, text, victim.page_bytes, page * victim.page_bytes) != victim.page_bytes)
			end_failed("write", "path=%s errno=%d", options->path, errno);
	free(text);
	if (fsync(victim.fd) || fstat(victim.fd, stat))
		end_failed("fsync", "path=%s errno=%d", options->path, errno);
	write_text("/proc/sys/vm/drop_caches", "3");
	log_step("file-prepared", "path=%s inode=%lu pages=%ld", options->path, (unsigned long)stat->st_ino,
		 victim.pages + 1);
	return victim;
}

static struct task start_dirty_fault_task(const struct victim *victim, const struct memcg *memcg)
{
	struct task task = start_fault_task(victim, memcg);
	long usage_bytes = memcg_usage_bytes(memcg);

	log_step("pages-dirtied", "task=fault-task pid=%d page_a=%ld usage_bytes=%ld", task.pid, victim->pages,
		 usage_bytes);
	if (usage_bytes < (victim->pages + 1) * victim->page_bytes)
		end_failed("pages-not-charged", "usage_bytes=%ld", usage_bytes);
	return task;
}

/* Charges given back late (by RCU, by a dying drain task) show as a usage that still moves. */
static long settle_usage_bytes(const struct memcg *memcg)
{
	long before = -1;

	for (int round = 0; round < DRAIN_ROUNDS; round++) {
		long now;

		drain_charge_stocks(memcg);
		now = memcg_usage_bytes(memcg);
		if (now == before)
			return now;
		before = now;
	}
	end_failed("usage-not-settled", "usage_bytes=%ld", before);
}

/*
 * The fault allocates its page table before it takes the page lock. Where the
 * module withholds that one, a second is allocated under the lock: one page of
 * room makes the limit meet the second. With the fix in place there is only
 * the first, and no room for it.
 */
static void tighten_limit(const struct memcg *memcg, const struct victim *victim, bool control)
{
	long usage_bytes = settle_usage_bytes(memcg);
	long limit_bytes = usage_bytes + (control ? 0 : victim->page_bytes);

	limit_memcg(memcg, limit_bytes);
	log_step("limit-set", "usage_bytes=%ld limit_bytes=%ld", usage_bytes, limit_bytes);
}

static void arm(const struct options *options, const struct stat *stat, pid_t tgid)
{
	const struct fault_choice choice = {
		.tgid = tgid, .dev = stat->st_dev, .ino = stat->st_ino, .page = options->pages,
		.waiter_ms = options->second == SECOND_FSYNC ? WAITER_MS : 0,
	};

	if (options->control)
		return;
	arm_unfix(&choice);
	log_step("armed", "tgid=%d inode=%lu page=%ld waiter_ms=%u", tgid, (unsigned long)stat->st_ino,
		 choice.page, choice.waiter_ms);
}

/* Without the module there is no moment to wait for: the fault is simply on its way. */
static void await_page_locked(const struct options *options, pid_t fault_pid, double end_seconds)
{
	while (!options->control && !unfix_phase_is("waiting")) {
		if (child_returned(fault_pid, "fault-task"))
			end_failed("fault-not-wrapped", "pid=%d", fault_pid);
		if (monotonic_seconds() > end_seconds)
			end_failed("page-not-locked", "pid=%d", fault_pid);
		sleep_ms(1);
	}
}

static pid_t start_second(const struct options *options, const struct victim *victim, pid_t fault_pid,
			  double end_seconds)
{
	pid_t pid;

	if (options->second == SECOND_NONE)
		return 0;
	await_page_locked(options, fault_pid, end_seconds);
	pid = start_fsync_task(victim);
	log_step("fsync-started", "task=fsync-task pid=%d", pid);
	return pid;
}

/* A fault that never met the limit shows nothing, least of all in a control run. */
static void check_limit_met(const struct memcg *memcg)
{
	long hits = memcg_limit_hits(memcg);

	if (!hits)
		end_failed("limit-not-met", "usage_bytes=%ld", memcg_usage_bytes(memcg));
	log_step("limit-met", "hits=%ld", hits);
}

/* A fault whose page table was there already took the same way as any other; one that hangs proves itself. */
static void check_withheld(bool hung)
{
	long withheld = unfix_withheld();

	log_step("module", "withheld=%ld had_waiter=%d", withheld, unfix_had_waiter());
	if (!withheld && !hung)
		end_failed("nothing-withheld", "withheld=0");
}

/* The outcome asked for is success: a hang, with --control or --no-limit none. */
static int report(const struct options *options, const struct outcome *outcome, const struct stat *stat,
		  pid_t fault_pid, double fault_seconds)
{
	printf("result %s fault_pid=%d second_pid=%d inode=%lu seconds=%.3f\n", outcome->hung ? "hung" : "clean",
	       fault_pid, outcome->second_pid, (unsigned long)stat->st_ino, outcome->at_seconds - fault_seconds);
	fflush(stdout);
	return outcome->hung == !(options->control || options->no_limit) ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct options options = parse_options(argc, argv);
	struct memcg memcg;
	struct victim victim;
	struct stat stat;
	struct task task;
	struct outcome outcome;
	double fault_seconds, end_seconds;
	pid_t fsync_pid;

	make_memcg(&memcg);
	if (!options.control && !unfix_loaded())
		end_failed("module-not-loaded", "module=unfix_finish_fault");
	quicken_hung_task_detector();
	victim = prepare_victim(&options, &stat);
	task = start_dirty_fault_task(&victim, &memcg);
	arm(&options, &stat, task.pid);
	if (!options.no_limit)
		tighten_limit(&memcg, &victim, options.control);

	fault_seconds = monotonic_seconds();
	end_seconds = fault_seconds + options.timeout_s;
	log_step("fault-started", "task=fault-task pid=%d", task.pid);
	release_task(&task);
	fsync_pid = start_second(&options, &victim, task.pid, end_seconds);
	outcome = watch(&victim, task.pid, fsync_pid, end_seconds);
	if (!options.no_limit)
		check_limit_met(&memcg);
	if (!options.control)
		check_withheld(outcome.hung);
	if (!outcome.hung) {
		if (!options.control)
			disarm_unfix();
		limit_memcg(&memcg, -1);
		remove_memcg(&memcg);
	}
	/* _exit: the file of a hung pair stays open in it, nothing here has to be closed. */
	_exit(report(&options, &outcome, &stat, task.pid, fault_seconds));
}
