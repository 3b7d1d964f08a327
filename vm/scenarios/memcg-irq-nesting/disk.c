// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool irq_goes_to(int irq, int cpu)
{
	char path[64], text[32], wanted[16];

	snprintf(path, sizeof(path), "/proc/irq/%d/effective_affinity_list", irq);
	snprintf(wanted, sizeof(wanted), "%d\n", cpu);
	return try_read_text(path, text, sizeof(text)) > 0 && !strcmp(text, wanted);
}

/* An interrupt's folder holds one more for each of its handlers, by name. */
static bool find_handler(int irq, const char *prefix, char *name, size_t size)
{
	char path[64];
	const struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/irq/%d", irq);
	folder = opendir(path);
	while (folder && !found && (entry = readdir(folder))) {
		found = !strncmp(entry->d_name, prefix, strlen(prefix));
		if (found)
			snprintf(name, size, "%.*s", (int)size - 1, entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

/* virtio-blk has a queue for each CPU, with an interrupt on that CPU: what is submitted there ends there. */
static void find_queue_interrupt(struct disk *disk, const char *device, int cpu)
{
	DIR *irqs = opendir("/proc/irq");
	const struct dirent *entry;
	char prefix[32];

	if (!irqs)
		end_failed("read", "path=/proc/irq");
	snprintf(prefix, sizeof(prefix), "%.20s-req.", device);
	while ((entry = readdir(irqs))) {
		disk->irq = atoi(entry->d_name);
		if (disk->irq > 0 && irq_goes_to(disk->irq, cpu) &&
		    find_handler(disk->irq, prefix, disk->irq_name, sizeof(disk->irq_name))) {
			closedir(irqs);
			return;
		}
	}
	end_failed("no-interrupt-on-cpu", "device=%s cpu=%d", device, cpu);
}

struct disk find_disk(int fd, int cpu)
{
	struct disk disk = { 0 };
	struct stat stat;
	char link[80], target[256];
	ssize_t length;

	if (fstat(fd, &stat))
		end_failed("fstat", "fd=%d", fd);
	snprintf(disk.sysfs, sizeof(disk.sysfs), "/sys/dev/block/%u:%u", major(stat.st_dev), minor(stat.st_dev));
	snprintf(link, sizeof(link), "%s/device", disk.sysfs);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		end_failed("no-disk", "path=%s", link);
	target[length] = '\0';
	find_queue_interrupt(&disk, basename(target), cpu);
	return disk;
}

long disk_writes_in_flight(const struct disk *disk)
{
	char path[80], text[64];
	long writes = 0;

	snprintf(path, sizeof(path), "%s/inflight", disk->sysfs);
	if (try_read_text(path, text, sizeof(text)) <= 0 || sscanf(text, "%*d %ld", &writes) != 1)
		end_failed("read", "path=%s", path);
	return writes;
}
