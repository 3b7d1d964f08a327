// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

/* Counters are read less often than tasks: /proc/slabinfo takes locks that the load wants too. */
enum { SAMPLE_MS = 20, SAMPLES_PER_COUNT = 2, ENOUGH_SNAPSHOTS = 20 };
static const double STUCK_SECONDS = 1.0;

struct pair {
	struct sample map, snapshot;
};

static struct pair sample_pair(const struct watched *watched)
{
	struct pair pair;

	sample_task(watched->map.pid, &pair.map);
	sample_task(watched->snapshot.pid, &pair.snapshot);
	return pair;
}

static bool is_pair_stuck(const struct pair *before, const struct pair *now)
{
	return is_map_in_transaction_wait(&now->map) && is_snapshot_in_allocator(&now->snapshot) &&
	       is_stuck_since(&before->map, &now->map) && is_stuck_since(&before->snapshot, &now->snapshot);
}

static void log_task(const char *role, pid_t pid, const struct sample *sample)
{
	log_step("stack", "role=%s pid=%d comm=%s state=%c functions=%s", role, pid, sample->comm,
		 sample->state ? sample->state : '-', sample->functions);
}

static void log_pair(const struct watched *watched, const struct pair *pair)
{
	log_task("snapshot", watched->snapshot.pid, &pair->snapshot);
	log_task("map", watched->map.pid, &pair->map);
}

static struct outcome describe(const struct watched *watched, bool hung, double at_seconds)
{
	return (struct outcome){
		.hung = hung,
		.at_seconds = at_seconds,
		.snapshots = watched->progress->snapshots,
		.maps = watched->progress->maps,
		.counters = read_counters(),
	};
}

/* Memory of the node has gone through reclaim, and then more snapshots were made: neither task keeps the other. */
struct passing {
	bool evicted;
	long snapshots_before;
};

static bool is_evicted(const struct watched *watched)
{
	const struct counters now = read_counters();

	return now.direct_reclaims > watched->start.direct_reclaims &&
	       watched->start.btrfs_inodes - now.btrfs_inodes > watched->files / 2;
}

/* More maps would bring the OOM killer. */
static bool load_is_through(const struct watched *watched, struct passing *passing)
{
	if (!passing->evicted && is_evicted(watched)) {
		passing->evicted = true;
		passing->snapshots_before = watched->progress->snapshots;
		watched->progress->stop = true;
		log_step("inodes-evicted", "snapshots=%ld maps=%ld", watched->progress->snapshots,
			 watched->progress->maps);
	}
	return passing->evicted && watched->progress->snapshots - passing->snapshots_before >= ENOUGH_SNAPSHOTS;
}

/* No snapshot may fail, and no map as long as it matters. */
static void check_tasks(const struct watched *watched, const struct passing *passing)
{
	const struct progress *progress = watched->progress;
	int signal = 0;

	if (task_ended(watched->snapshot.pid, &signal))
		end_failed("snapshot-task-ended", "step=%d errno=%d signal=%d snapshots=%ld", progress->failed_step,
			   progress->failure, signal, progress->snapshots);
	if (task_ended(watched->map.pid, &signal) && !passing->evicted)
		end_failed("map-task-ended", "step=%d errno=%d signal=%d maps=%ld btrfs_inodes=%ld",
			   progress->failed_step, progress->failure, signal, progress->maps,
			   read_counters().btrfs_inodes);
}

struct outcome watch(const struct watched *watched, double end_seconds)
{
	struct pair stuck = { 0 };
	struct passing passing = { 0 };
	double since = monotonic_seconds(), now = since;

	for (long samples = 0; now < end_seconds; now = monotonic_seconds(), samples++) {
		struct pair pair = sample_pair(watched);

		if (!is_pair_stuck(&stuck, &pair)) {
			stuck = pair;
			since = now;
		} else if (now - since >= STUCK_SECONDS) {
			log_pair(watched, &pair);
			return describe(watched, true, since);
		}
		if (samples % SAMPLES_PER_COUNT == 0 && load_is_through(watched, &passing))
			return describe(watched, false, now);
		check_tasks(watched, &passing);
		sleep_ms(SAMPLE_MS);
	}
	log_pair(watched, &stuck);
	end_failed("timeout", "snapshots=%ld maps=%ld", watched->progress->snapshots, watched->progress->maps);
}
