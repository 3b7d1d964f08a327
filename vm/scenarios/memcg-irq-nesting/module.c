// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE "/dev/nest_memcg_irq"
#define PARAMETERS "/sys/module/nest_memcg_irq/parameters/"
#define NEST _IO('h', 1)

static bool parameter_starts(const char *path, const char *word)
{
	char text[32];

	return try_read_text(path, text, sizeof(text)) > 0 && !strncmp(text, word, strlen(word));
}

static bool kernel_has(const char *function)
{
	char line[256], name[128];
	FILE *symbols = fopen("/proc/kallsyms", "r");
	bool found = false;

	while (symbols && !found && fgets(line, sizeof(line), symbols))
		found = sscanf(line, "%*s %*c %127s", name) == 1 && !strcmp(name, function);
	if (symbols)
		fclose(symbols);
	return found;
}

/* The control differs by the module's parameter alone. */
void check_module(bool control)
{
	if (access(DEVICE, R_OK)) {
		if (!kernel_has("folio_memcg_lock") && !kernel_has("lock_page_memcg"))
			end_not_affected("no-memcg-move-lock");
		end_failed("module-not-loaded", "module=nest_memcg_irq");
	}
	if (parameter_starts(PARAMETERS "fixed", "Y") != control)
		end_failed("module-parameter", "fixed=%d wanted=%d", !control, control);
}

void choose_page(long page)
{
	write_number(PARAMETERS "page", page);
}

bool module_is_lingering(void)
{
	return parameter_starts(PARAMETERS "phase", "lingering");
}

bool module_held_interrupt_back(void)
{
	return parameter_starts(PARAMETERS "held_back", "Y");
}

int nest_locks(int fd)
{
	int device = open(DEVICE, O_RDONLY | O_CLOEXEC);

	if (device < 0)
		return errno;
	return ioctl(device, NEST, fd) ? errno : 0;
}
