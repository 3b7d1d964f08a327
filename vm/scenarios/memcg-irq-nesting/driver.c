// SPDX-License-Identifier: Apache-2.0
/*
 * Makes a CPU spin, in a disk's completion interrupt, on a lock that the
 * interrupted task holds. README.md has the steps, the output and the exit status.
 */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RCU_STALL "/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout"
#define FLUSHER "/proc/sys/vm/dirty_writeback_centisecs"

enum {
	DEFAULT_CPU = 1,
	DEFAULT_TIMEOUT_S = 60,
	FILE_BYTES = 3 << 20,	/* three requests of a throttled disk: it answers over seconds */
	ROUNDS = 5,
};

struct options {
	bool control;
	int cpu;
	long timeout_s;
	const char *path;
};

static void usage(void)
{
	fprintf(stderr, "usage: driver [--control] [--cpu N] [--timeout SECONDS] FILE\n");
	exit(2);
}

static struct options parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "control", no_argument, NULL, 'c' },
		{ "cpu", required_argument, NULL, 'p' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .cpu = DEFAULT_CPU, .timeout_s = DEFAULT_TIMEOUT_S };
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c': options.control = true; break;
		case 'p': options.cpu = parse_positive(optarg, 100000, usage); break;
		case 't': options.timeout_s = parse_positive(optarg, 100000, usage); break;
		default: usage();
		}
	}
	if (optind != argc - 1)
		usage();
	options.path = argv[optind];
	return options;
}

/* A CPU that is dead is reported by RCU; a kernel without that is no failure. */
static void quicken_stall_detector(void)
{
	bool set = try_write_text(RCU_STALL, "3");

	log_step("stall-detector", "timeout_s=%d", set ? 3 : -1);
}

/*
 * Blocks allocated on disk and no page of it cached: pages written next are
 * charged to who writes them, and their completion runs in the interrupt. What
 * describes the file on disk is charged to the driver's own cgroup, so that no
 * other CPU comes to end the writeback of a folio of the writer's.
 */
static struct victim prepare_victim(const char *path)
{
	struct victim victim = { .page_bytes = sysconf(_SC_PAGESIZE) };

	victim.pages = FILE_BYTES / victim.page_bytes;
	victim.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (victim.fd < 0)
		end_failed("open", "path=%s errno=%d", path, errno);
	if (!write_pages(&victim) || fsync(victim.fd))
		end_failed("write", "path=%s errno=%d", path, errno);
	errno = posix_fadvise(victim.fd, 0, 0, POSIX_FADV_DONTNEED);
	if (errno)
		end_failed("fadvise", "path=%s errno=%d", path, errno);
	log_step("file-prepared", "path=%s pages=%ld", path, victim.pages);
	return victim;
}

/* False if the fsync was over before it was seen waiting. */
static bool await_in_flight(pid_t writer, const struct disk *disk, double end_seconds)
{
	while (!waits_for_writeback(writer) || !disk_writes_in_flight(disk)) {
		int status = child_status(writer, "write-task");

		if (status > 0)
			end_failed("write", "pid=%d exit=%d", writer, status);
		if (!status)
			return false;
		if (monotonic_seconds() > end_seconds)
			end_failed("no-writeback", "pid=%d", writer);
		sleep_ms(1);
	}
	log_step("writeback-in-flight", "task=write-task pid=%d requests=%ld", writer, disk_writes_in_flight(disk));
	return true;
}

static void await_writer(pid_t writer, double end_seconds)
{
	int status;

	while ((status = child_status(writer, "write-task")) < 0) {
		if (monotonic_seconds() > end_seconds)
			end_failed("fsync-not-back", "pid=%d", writer);
		sleep_ms(10);
	}
	if (status)
		end_failed("write", "pid=%d exit=%d", writer, status);
	log_step("fsync-returned", "task=write-task pid=%d", writer);
}

struct run {
	struct victim victim;
	struct memcg memcg;
	struct disk disk;
	int cpu;
	double end_seconds;
	double nest_seconds;
	pid_t nester;
};

static struct outcome run_round(struct run *run)
{
	pid_t writer = start_writer(&run->victim, &run->memcg, run->cpu);
	struct outcome outcome = { .what = TOO_LATE };

	if (!await_in_flight(writer, &run->disk, run->end_seconds))
		return outcome;
	run->nest_seconds = monotonic_seconds();
	run->nester = start_nester(&run->victim, run->cpu);
	log_step("nesting", "task=nest-task pid=%d cpu=%d", run->nester, run->cpu);
	outcome = watch(run->nester, &run->disk, run->cpu, run->end_seconds);
	if (outcome.what != HUNG)
		await_writer(writer, run->end_seconds);
	return outcome;
}

/* A disk that answered before the lock was taken is asked again. */
static struct outcome run_rounds(struct run *run)
{
	for (int round = 1; round <= ROUNDS; round++) {
		struct outcome outcome = run_round(run);

		if (outcome.what != TOO_LATE)
			return outcome;
		log_step("too-late", "round=%d", round);
	}
	end_failed("always-too-late", "rounds=%d", ROUNDS);
}

/* A lock that no interrupt met shows nothing, least of all in a control run. */
static void check_held_back(bool control)
{
	bool held_back = module_held_interrupt_back();

	if (control && !held_back)
		end_failed("no-interrupt-held-back", "held_back=0");
	log_step("lock-released", "interrupt_held_back=%d", held_back);
}

int main(int argc, char **argv)
{
	const struct options options = parse_options(argc, argv);
	struct run run = { .cpu = options.cpu };
	struct outcome outcome;
	long flusher;

	make_memcg(&run.memcg);
	check_module(options.control);
	stay_off_cpu(options.cpu);
	quicken_hung_task_detector();
	quicken_stall_detector();
	run.victim = prepare_victim(options.path);
	run.disk = find_disk(run.victim.fd, options.cpu);
	log_step("interrupt-found", "irq=%d name=%s cpu=%d", run.disk.irq, run.disk.irq_name, options.cpu);
	choose_page(run.victim.pages - 1);
	/* The flusher would submit from another CPU, which would answer there. */
	flusher = read_number(FLUSHER);
	write_number(FLUSHER, 0);
	run.end_seconds = monotonic_seconds() + options.timeout_s;

	outcome = run_rounds(&run);
	if (outcome.what == CLEAN) {
		check_held_back(options.control);
		write_number(FLUSHER, flusher);
		remove_memcg(&run.memcg);
	}
	printf("result %s nest_pid=%d cpu=%d irq=%s seconds=%.3f\n", outcome.what == HUNG ? "hung" : "clean",
	       run.nester, options.cpu, run.disk.irq_name, outcome.at_seconds - run.nest_seconds);
	fflush(stdout);
	_exit((outcome.what == HUNG) == !options.control ? 0 : 1);
}
