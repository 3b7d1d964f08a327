// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <unistd.h>

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		end_failed("open", "path=%s errno=%d", path, errno);
	return fd;
}

static void check_type(const char *path, long type, const char *reason)
{
	struct statfs fs;

	if (statfs(path, &fs) || (long)fs.f_type != type)
		end_failed(reason, "path=%s", path);
}

static void create_subvolume(const struct place *place, const char *name)
{
	struct btrfs_ioctl_vol_args args = { 0 };
	int fd = open_directory(place->btrfs);

	snprintf(args.name, sizeof(args.name), "%s", name);
	if (ioctl(fd, BTRFS_IOC_SUBVOL_CREATE, &args) && errno != EEXIST)
		end_failed("subvolume", "path=%s/%s errno=%d", place->btrfs, name, errno);
	close(fd);
}

void prepare_place(struct place *place)
{
	check_type(place->btrfs, BTRFS_SUPER_MAGIC, "not-btrfs");
	check_type(place->overlay, OVERLAYFS_SUPER_MAGIC, "not-overlay");
	snprintf(place->upper, sizeof(place->upper), "%s/upper", place->btrfs);
	snprintf(place->source, sizeof(place->source), "%s/source", place->btrfs);
	create_subvolume(place, "source");
}

static void name_file(char *name, size_t size, long number)
{
	snprintf(name, size, "file-%ld", number);
}

void create_files(const struct place *place)
{
	int directory = open_directory(place->upper);
	char name[32];

	for (long number = 0; number < place->files; number++) {
		int fd;

		name_file(name, sizeof(name), number);
		fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			end_failed("create", "path=%s/%s errno=%d", place->upper, name, errno);
		close(fd);
	}
	close(directory);
	sync();
}

long stat_files(const struct place *place)
{
	int directory = open_directory(place->overlay);
	struct stat stat;
	char name[32];
	long found = 0;

	for (long number = 0; number < place->files; number++) {
		name_file(name, sizeof(name), number);
		found += !fstatat(directory, name, &stat, 0);
	}
	close(directory);
	return found;
}

void unlink_files(const struct place *place)
{
	int directory = open_directory(place->upper);
	char name[32];

	for (long number = 0; number < place->files; number++) {
		name_file(name, sizeof(name), number);
		if (unlinkat(directory, name, 0))
			end_failed("unlink", "path=%s/%s errno=%d", place->upper, name, errno);
	}
	close(directory);
	sync();
}

void drop_caches(void)
{
	sync();
	write_text("/proc/sys/vm/drop_caches", "3");
}
