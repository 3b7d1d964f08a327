// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

/* Counters are read less often than tasks: /proc/slabinfo takes locks that the load wants too. */
enum { SAMPLE_MS = 20, SAMPLES_PER_COUNT = 10, ENOUGH_SNAPSHOTS = 20 };
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

/* A map that fails, or the OOM killer, is the end of the node's memory. No snapshot may fail. */
static bool map_task_ended(const struct watched *watched)
{
	const struct progress *progress = watched->progress;
	int signal = 0;

	if (task_ended(watched->snapshot.pid, &signal))
		end_failed("snapshot-task-ended", "step=%d errno=%d signal=%d snapshots=%ld", progress->failed_step,
			   progress->failure, signal, progress->snapshots);
	if (!task_ended(watched->map.pid, &signal))
		return false;
	log_step("map-task-ended", "step=%d errno=%d signal=%d maps=%ld", progress->failed_step, progress->failure,
		 signal, progress->maps);
	return true;
}

/* Memory of the node went through reclaim while snapshots went on: all that the two can do to each other. */
struct passing {
	bool reclaiming;
	long snapshots_before;
};

static bool load_is_through(const struct watched *watched, struct passing *passing)
{
	const struct counters now = read_counters();
	long snapshots = watched->progress->snapshots;

	if (!passing->reclaiming) {
		passing->reclaiming = now.direct_reclaims > watched->start.direct_reclaims;
		passing->snapshots_before = snapshots;
	}
	return passing->reclaiming && watched->start.btrfs_inodes - now.btrfs_inodes > watched->files / 4 * 3 &&
	       snapshots - passing->snapshots_before >= ENOUGH_SNAPSHOTS;
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
		if (map_task_ended(watched))
			end_failed("load-not-through", "snapshots=%ld maps=%ld btrfs_inodes=%ld",
				   watched->progress->snapshots, watched->progress->maps, read_counters().btrfs_inodes);
		sleep_ms(SAMPLE_MS);
	}
	log_pair(watched, &stuck);
	end_failed("timeout", "snapshots=%ld maps=%ld", watched->progress->snapshots, watched->progress->maps);
}
