// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/bpf.h>
#include <linux/btrfs.h>
#include <unistd.h>

/* A value is the largest piece the per-CPU allocator hands out. */
enum { MAP_VALUE_BYTES = 32768, MAP_VALUES = 8 };
enum step { STEP_CPUSET = 1, STEP_FILES, STEP_SNAPSHOT, STEP_MAP };

struct progress *share_progress(void)
{
	struct progress *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (progress == MAP_FAILED)
		end_failed("mmap", "errno=%d", errno);
	progress->stated = -1;
	return progress;
}

static void wait_go(int go)
{
	uint64_t count;

	if (read(go, &count, sizeof(count)) != sizeof(count))
		_exit(10);
}

void release_task(const struct task *task)
{
	const uint64_t one = 1;

	if (write(task->go, &one, sizeof(one)) != sizeof(one))
		end_failed("eventfd", "errno=%d", errno);
}

static void end_task(struct progress *progress, enum step step)
{
	progress->failed_step = step;
	progress->failure = errno;
	_exit(11);
}

/*
 * A driver that fails leaves no task behind. A signal on its end would reach
 * the hung ones too, and the snapshot task waits for the mutex killably.
 */
static void leave_with_parent(pid_t parent)
{
	if (getppid() != parent)
		_exit(0);
}

/* Must be the OOM killer's first choice: it frees what the load has taken. */
static void enter_cpuset(const char *cpuset, struct progress *progress)
{
	char path[PATH_BYTES], pid[16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cpuset);
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (!try_write_text(path, pid) || !try_write_text("/proc/self/oom_score_adj", "1000"))
		end_task(progress, STEP_CPUSET);
}

static int create_map(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_PERCPU_ARRAY;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = MAP_VALUE_BYTES;
	attr.max_entries = MAP_VALUES;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static void run_map_task(const struct place *place, const char *cpuset, struct progress *progress, int go, pid_t parent)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };	/* before 5.11 maps count as locked memory */
	const struct rlimit files = { 65536, 65536 };

	prctl(PR_SET_NAME, "map-task");
	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) || setrlimit(RLIMIT_NOFILE, &files))
		end_task(progress, STEP_CPUSET);
	enter_cpuset(cpuset, progress);
	wait_go(go);
	progress->stated = stat_files(place);
	wait_go(go);
	while (!progress->stop) {
		leave_with_parent(parent);
		if (create_map() < 0)
			end_task(progress, STEP_MAP);
		progress->maps++;
	}
	for (;;) {
		leave_with_parent(parent);
		sleep_ms(100);
	}
}

static void run_snapshot_task(const struct place *place, struct progress *progress, int go, pid_t parent)
{
	struct btrfs_ioctl_vol_args_v2 args = { 0 };
	int directory = open(place->btrfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	prctl(PR_SET_NAME, "snapshot-task");
	args.fd = open(place->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || args.fd < 0)
		end_task(progress, STEP_FILES);
	wait_go(go);
	for (;;) {
		leave_with_parent(parent);
		snprintf(args.name, sizeof(args.name), "snapshot-%d-%ld", getpid(), (long)progress->snapshots);
		if (ioctl(directory, BTRFS_IOC_SNAP_CREATE_V2, &args))
			end_task(progress, STEP_SNAPSHOT);
		progress->snapshots++;
	}
}

static struct task fork_task(void)
{
	struct task task = { .go = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE) };

	if (task.go < 0)
		end_failed("eventfd", "errno=%d", errno);
	task.pid = fork();
	if (task.pid < 0)
		end_failed("fork", "errno=%d", errno);
	return task;
}

struct task start_map_task(const struct place *place, const char *cpuset, struct progress *progress)
{
	const pid_t parent = getpid();
	struct task task = fork_task();

	if (!task.pid)
		run_map_task(place, cpuset, progress, task.go, parent);
	return task;
}

struct task start_snapshot_task(const struct place *place, struct progress *progress)
{
	const pid_t parent = getpid();
	struct task task = fork_task();

	if (!task.pid)
		run_snapshot_task(place, progress, task.go, parent);
	return task;
}

bool task_ended(pid_t pid, int *signal)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	*signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return true;
}
