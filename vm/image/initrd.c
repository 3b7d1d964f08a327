// SPDX-License-Identifier: Apache-2.0
/*
 * /init of the initial ramdisk: loads the modules the root disk needs, mounts it and hands over to the program that
 * init= names. A distribution's initrd does the same with a shell, udev and dozens of processes, each of which costs
 * tens of milliseconds on an emulated CPU.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define ROOT_WAIT_MS 10000

static void die(const char *what, const char *name)
{
	fprintf(stderr, "HOLDWAIT-FAILED %s %s: %s\n", what, name, strerror(errno));
	tcdrain(STDERR_FILENO); /* or what the serial port has not sent yet is lost in the reset */
	exit(1); /* the end of PID 1 is a kernel panic: the guest ends at once */
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("open", path);
	/* ENODEV: a driver for a CPU feature this machine lacks, e.g. crc32c_intel */
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST && errno != ENODEV)
		die("load", path);
	close(fd);
}

static void load_modules(const char *list)
{
	char line[256];
	FILE *file = fopen(list, "re");

	if (!file)
		die("open", list);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		load_module(line);
	}
	fclose(file);
}

/* Copies the value of NAME=value from the kernel's command line; the last one wins, as it does for the kernel. */
static void read_argument(const char *cmdline, const char *name, char *value, size_t size)
{
	char copy[4096];
	size_t length = strlen(name);

	snprintf(copy, sizeof(copy), "%s", cmdline);
	for (char *word = strtok(copy, " \n"); word; word = strtok(NULL, " \n"))
		if (!strncmp(word, name, length) && word[length] == '=')
			snprintf(value, size, "%s", word + length + 1);
}

/* The kernel found no /dev/console in the ramdisk: making one there would take privileges the build may not have. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	for (int target = 0; fd >= 0 && target <= 2; target++)
		dup2(fd, target);
	if (fd > 2)
		close(fd);
}

static void wait_for_device(const char *device)
{
	for (int waited = 0; access(device, F_OK) && waited < ROOT_WAIT_MS; waited += 10)
		usleep(10 * 1000);
}

int main(void)
{
	char cmdline[4096] = "", root[256] = "/dev/vda", init[256] = "/sbin/init";
	int fd;

	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mkdir("/root", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) || mount("dev", "/dev", "devtmpfs", 0, NULL))
		die("mount", "/proc or /dev");
	open_console();
	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, cmdline, sizeof(cmdline) - 1) < 0)
		die("read", "/proc/cmdline");
	close(fd);
	read_argument(cmdline, "root", root, sizeof(root));
	read_argument(cmdline, "init", init, sizeof(init));

	load_modules("/modules.list");
	wait_for_device(root);
	if (mount(root, "/root", "ext4", MS_NOATIME, NULL))
		die("mount", root);
	if (mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) || umount("/proc"))
		die("move", "/dev");
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		die("enter", root);
	execl(init, init, (char *)NULL);
	die("run", init);
}
