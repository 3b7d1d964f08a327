// SPDX-License-Identifier: Apache-2.0
#include "common.h"

#define HUNG_TASK "/proc/sys/kernel/hung_task_"

void quicken_hung_task_detector(void)
{
	bool set = try_write_text(HUNG_TASK "timeout_secs", "2");
	bool often = try_write_text(HUNG_TASK "check_interval_secs", "1");

	log_step("hung-task-detector", "timeout_s=%d check_interval_s=%d", set ? 2 : -1, often ? 1 : -1);
}
