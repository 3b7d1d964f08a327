// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the sealing of a memfd and the offlining of a CPU wait for each other
 * for ever. README.md has the steps, the output and the exit status.
 */
#include "driver.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	DEFAULT_CPU = 1,
	DEFAULT_TIMEOUT_S = 30,
};

struct options {
	bool control;
	int cpu;
	long timeout_s;
};

static void usage(void)
{
	fprintf(stderr, "usage: driver [--control] [--cpu N] [--timeout SECONDS]\n");
	exit(2);
}

static struct options parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "control", no_argument, NULL, 'c' },
		{ "cpu", required_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .cpu = DEFAULT_CPU, .timeout_s = DEFAULT_TIMEOUT_S };
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c': options.control = true; break;
		case 'n': options.cpu = parse_positive(optarg, 100000, usage); break;
		case 't': options.timeout_s = parse_positive(optarg, 100000, usage); break;
		default: usage();
		}
	}
	if (optind != argc)
		usage();
	return options;
}

static void check_kernel(const struct options *options)
{
	if (!can_take_offline(options->cpu))
		end_not_affected("no-cpu-hotplug");
	if (!unfix_loaded())
		end_failed("module-not-loaded", "module=unfix_lru_drain");
	if (unfix_takes_hotplug_lock() == options->control)
		end_failed("module-parameter", "hotplug_lock=%d control=%d", !options->control, options->control);
	if (!is_online(options->cpu))
		end_failed("cpu-is-offline", "cpu=%d", options->cpu);
}

/* From there on the seal-task has the inode's lock, and has marked the pinned page as one to wait for. */
static void await_drain(pid_t seal_pid, double end_seconds)
{
	while (!unfix_phase_is("waiting")) {
		if (child_returned(seal_pid, "seal-task"))
			end_failed("nothing-drained", "seal_pid=%d", seal_pid);
		if (monotonic_seconds() > end_seconds)
			end_failed("drain-not-reached", "seal_pid=%d", seal_pid);
		sleep_ms(1);
	}
	log_step("drain-reached", "task=seal-task pid=%d", seal_pid);
}

/* A run in which the two never met shows nothing, least of all a control. */
static void check_order(void)
{
	if (!unfix_had_teardown())
		end_failed("teardown-too-late", "had_teardown=0");
	log_step("module", "had_teardown=1");
}

/* The CPU must really have been away, and the seal be there. */
static void check_both_done(const struct options *options, const struct victim *victim)
{
	if (!unfix_teardown_is("done") || is_online(options->cpu))
		end_failed("cpu-not-offline", "cpu=%d", options->cpu);
	if (!is_write_sealed(victim))
		end_failed("not-sealed", "inode=%lu", (unsigned long)victim->ino);
	log_step("both-done", "inode=%lu sealed=1 cpu=%d online=0", (unsigned long)victim->ino, options->cpu);
	disarm_unfix();
	bring_online(options->cpu);
	if (!is_online(options->cpu))
		end_failed("cpu-not-back", "cpu=%d", options->cpu);
	log_step("cpu-back", "cpu=%d online=1", options->cpu);
}

static int report(const struct options *options, const struct parties *parties, const struct outcome *outcome,
		  const struct victim *victim, double start_seconds)
{
	printf("result %s seal_pid=%d offline_pid=%d cpuhp_pid=%d inode=%lu cpu=%d seconds=%.3f\n",
	       outcome->hung ? "hung" : "clean", parties->seal_pid,
	       outcome->hung ? outcome->offline_pid : parties->offline_task_pid, parties->cpuhp_pid,
	       (unsigned long)victim->ino, options->cpu, outcome->at_seconds - start_seconds);
	fflush(stdout);
	/* The outcome asked for is success: a hang, with --control none. */
	return outcome->hung == !options->control ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct options options = parse_options(argc, argv);
	struct victim victim;
	struct task seal, offline;
	struct parties parties;
	struct outcome outcome;
	double start_seconds, end_seconds;

	check_kernel(&options);
	quicken_hung_task_detector();
	victim = prepare_victim();
	/* All tasks are there before anything blocks. */
	seal = start_seal_task(&victim);
	offline = start_offline_task(options.cpu);
	parties = (struct parties){
		.seal_pid = seal.pid,
		.offline_task_pid = offline.pid,
		.cpuhp_pid = find_hotplug_thread(options.cpu),
	};
	arm_unfix(seal.pid, victim.fd, options.timeout_s * 1000);
	log_step("armed", "tgid=%d inode=%lu cpu=%d hotplug_lock=%d", seal.pid, (unsigned long)victim.ino,
		 options.cpu, !options.control);

	end_seconds = monotonic_seconds() + options.timeout_s;
	release_task(&seal);
	await_drain(seal.pid, end_seconds);
	unpin_victim(&victim);
	log_step("page-unpinned", "inode=%lu", (unsigned long)victim.ino);
	start_seconds = monotonic_seconds();
	log_step("offline-started", "task=offline-task pid=%d cpu=%d", offline.pid, options.cpu);
	release_task(&offline);
	outcome = watch(&parties, end_seconds);
	check_order();
	if (!outcome.hung)
		check_both_done(&options, &victim);
	/* _exit: what a hung task shares with this one stays open in it, nothing here has to be closed. */
	_exit(report(&options, &parties, &outcome, &victim, start_seconds));
}
