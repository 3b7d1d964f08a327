// SPDX-License-Identifier: Apache-2.0
/*
 * Makes a task that allocates per-CPU memory and one that commits a btrfs
 * transaction wait for each other for ever, on a stock kernel. README.md has
 * the steps, the output and the exit status.
 */
#include "driver.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { DEFAULT_FILES = 20000, DEFAULT_TIMEOUT_S = 180, FIRST_SNAPSHOTS = 3 };

struct options {
	bool control;
	long files;
	long timeout_s;
};

static void usage(void)
{
	fprintf(stderr, "usage: driver [--control] [--files N] [--timeout SECONDS] BTRFS OVERLAY\n");
	exit(2);
}

static struct options parse_options(int argc, char **argv, struct place *place)
{
	static const struct option known[] = {
		{ "control", no_argument, NULL, 'c' },
		{ "files", required_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .files = DEFAULT_FILES, .timeout_s = DEFAULT_TIMEOUT_S };
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c': options.control = true; break;
		case 'n': options.files = parse_positive(optarg, 1000000, usage); break;
		case 't': options.timeout_s = parse_positive(optarg, 1000000, usage); break;
		default: usage();
		}
	}
	if (optind != argc - 2)
		usage();
	*place = (struct place){ .btrfs = argv[optind], .overlay = argv[optind + 1], .files = options.files };
	return options;
}

/* Both tasks exist before memory is short: fork takes per-CPU memory and may wait for the mutex. */
static struct watched start_tasks(const struct place *place)
{
	struct watched watched = { .progress = share_progress(), .files = place->files };
	int node = find_memory_node();
	char cpuset[PATH_BYTES];

	make_cpuset(cpuset, sizeof(cpuset), node);
	watched.map = start_map_task(place, cpuset, watched.progress);
	watched.snapshot = start_snapshot_task(place, watched.progress);
	log_step("tasks-started", "map_pid=%d snapshot_pid=%d cpuset=%s node=%d", watched.map.pid,
		 watched.snapshot.pid, cpuset, node);
	return watched;
}

static void check_alive(const struct watched *watched)
{
	int signal = 0;

	if (task_ended(watched->map.pid, &signal) || task_ended(watched->snapshot.pid, &signal))
		end_failed("task-ended-early", "step=%d errno=%d signal=%d", watched->progress->failed_step,
			   watched->progress->failure, signal);
}

/* The overlay's inodes and the btrfs inodes behind them lie on node 1, on the LRU lists that its reclaim walks. */
static void place_inodes(const struct watched *watched, double end_seconds)
{
	release_task(&watched->map);
	while (watched->progress->stated < 0) {
		check_alive(watched);
		if (monotonic_seconds() > end_seconds)
			end_failed("stat-not-done", "pid=%d", watched->map.pid);
		sleep_ms(20);
	}
	if (watched->progress->stated != watched->files)
		end_failed("files-not-seen", "wanted=%ld seen=%ld", watched->files, watched->progress->stated);
}

static void await_snapshots(const struct watched *watched, double end_seconds)
{
	while (watched->progress->snapshots < FIRST_SNAPSHOTS) {
		check_alive(watched);
		if (monotonic_seconds() > end_seconds)
			end_failed("no-snapshots", "pid=%d snapshots=%ld", watched->snapshot.pid,
				   watched->progress->snapshots);
		sleep_ms(20);
	}
}

static void prepare_files(const struct options *options, const struct place *place, const struct watched *watched,
			  double end_seconds)
{
	create_files(place);
	drop_caches();
	log_step("files-created", "upper=%s files=%ld", place->upper, place->files);
	place_inodes(watched, end_seconds);
	log_step("inodes-placed", "btrfs_inodes=%ld", read_counters().btrfs_inodes);
	if (options->control)
		return;
	unlink_files(place);
	log_step("files-unlinked", "btrfs_inodes=%ld", read_counters().btrfs_inodes);
}

static void start_load(struct watched *watched, double end_seconds)
{
	release_task(&watched->snapshot);
	await_snapshots(watched, end_seconds);
	watched->start = read_counters();
	log_step("snapshots-running", "snapshots=%ld btrfs_inodes=%ld", watched->progress->snapshots,
		 watched->start.btrfs_inodes);
	release_task(&watched->map);
}

/* Why a kernel of this version cannot hang, NULL if it can. README.md has the commits. */
static const char *explain_not_affected(void)
{
	struct utsname name;
	int major, minor;

	if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return NULL;
	if (major < 5 || (major == 5 && minor < 11))
		return "nofs-callers-never-wait-for-the-mutex";
	return major > 6 || (major == 6 && minor >= 4) ? "commit-allocates-no-per-cpu-memory" : NULL;
}

/* The outcome asked for is success: a hang, with --control none. */
static int report(const struct options *options, const struct watched *watched, const struct outcome *outcome,
		  double start_seconds)
{
	log_step("load", "snapshots=%ld maps=%ld direct_reclaims=%ld inodes_evicted=%ld", outcome->snapshots,
		 outcome->maps, outcome->counters.direct_reclaims - watched->start.direct_reclaims,
		 watched->start.btrfs_inodes - outcome->counters.btrfs_inodes);
	if (!outcome->hung && !options->control && explain_not_affected())
		end_not_affected(explain_not_affected());
	printf("result %s snapshot_pid=%d map_pid=%d seconds=%.3f\n", outcome->hung ? "hung" : "clean",
	       watched->snapshot.pid, watched->map.pid, outcome->at_seconds - start_seconds);
	fflush(stdout);
	return outcome->hung == !options->control ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct place place;
	const struct options options = parse_options(argc, argv, &place);
	struct watched watched;
	struct outcome outcome;
	double start_seconds, end_seconds = monotonic_seconds() + options.timeout_s;

	/* Children are told by the parent's end, and inherit that the OOM killer passes them over. */
	write_text("/proc/self/oom_score_adj", "-1000");
	quicken_hung_task_detector();
	prepare_place(&place);
	watched = start_tasks(&place);
	prepare_files(&options, &place, &watched, end_seconds);
	start_seconds = monotonic_seconds();
	start_load(&watched, end_seconds);
	outcome = watch(&watched, end_seconds);
	/* _exit: nothing of a hung pair can be waited for or closed. */
	_exit(report(&options, &watched, &outcome, start_seconds));
}
