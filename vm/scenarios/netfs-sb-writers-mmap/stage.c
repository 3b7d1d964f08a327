// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

const char *const role_names[ROLES] = { "fault", "server", "freezer", "xattr", "mapper" };
const char *const task_names[ROLES] = { "fault-task", "fuse-server", "freeze-task", "xattr-task", "mmap-task" };

struct stage *make_stage(void)
{
	struct stage *stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (stage == MAP_FAILED)
		end_failed("mmap", "errno=%d", errno);
	for (int role = 0; role < ROLES; role++) {
		stage->gates[role] = eventfd(0, 0);
		if (stage->gates[role] < 0)
			end_failed("eventfd", "errno=%d", errno);
	}
	return stage;
}

void open_gate(const struct stage *stage, enum role role)
{
	const uint64_t one = 1;

	if (write(stage->gates[role], &one, sizeof(one)) != sizeof(one))
		end_failed("eventfd", "role=%s errno=%d", role_names[role], errno);
}

void await_gate(const struct stage *stage, enum role role)
{
	uint64_t count;

	if (read(stage->gates[role], &count, sizeof(count)) != sizeof(count))
		_exit(10);
}

void enter_stage(struct stage *stage, enum role role)
{
	prctl(PR_SET_NAME, task_names[role]);
	stage->tids[role] = gettid();
}

void outlive_driver(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
}

void leave_stage(struct stage *stage, enum role role, bool done)
{
	stage->ends[role] = 1 + (done ? 0 : errno);
}
