// SPDX-License-Identifier: Apache-2.0
/*
 * The network file system's part: one file, read through a cache. It speaks
 * the protocol of /dev/fuse itself, one request after the other.
 */
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/fuse.h>

#define NETFS_FILE_INO 2UL

enum { FILE_BYTES = 16384, BLOCK_BYTES = 4096, REQUEST_BYTES = 1 << 17, VALID_SECONDS = 1000 };

struct server {
	struct stage *stage;
	int dev_fd;
	int cache_fd;
	bool answer_first;	/* the fix's order: nobody waits for the write to the cache */
	char request[REQUEST_BYTES];
	char block[BLOCK_BYTES];
};

static void reply(const struct server *server, const struct fuse_in_header *to, int error, const void *body, size_t bytes)
{
	struct fuse_out_header head = { .len = sizeof(head) + bytes, .error = -error, .unique = to->unique };
	const struct iovec parts[] = { { &head, sizeof(head) }, { (void *)body, bytes } };

	/* ENOENT: the asker was interrupted and its request is gone. */
	if (writev(server->dev_fd, parts, 2) < 0 && errno != ENOENT)
		_exit(20);
}

static struct fuse_attr attributes_of(uint64_t ino)
{
	const bool is_root = ino == FUSE_ROOT_ID;

	return (struct fuse_attr){
		.ino = ino,
		.mode = is_root ? S_IFDIR | 0755 : S_IFREG | 0644,
		.nlink = 1,
		.size = is_root ? 0 : FILE_BYTES,
		.blksize = BLOCK_BYTES,
	};
}

/*
 * No readahead: the first READ of a page is then the fault's own. Its first try
 * lets go of the mmap_lock while it reads; the retry after an error keeps it.
 */
static void answer_init(const struct server *server, const struct fuse_in_header *head)
{
	const struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION, .minor = 31, .max_readahead = 0, .max_write = BLOCK_BYTES,
		.max_background = 16, .congestion_threshold = 12,
	};

	reply(server, head, 0, &out, sizeof(out));
}

static void answer_lookup(const struct server *server, const struct fuse_in_header *head)
{
	const struct fuse_entry_out out = {
		.nodeid = NETFS_FILE_INO, .entry_valid = VALID_SECONDS, .attr_valid = VALID_SECONDS,
		.attr = attributes_of(NETFS_FILE_INO),
	};

	if (strcmp((const char *)(head + 1), "file"))
		reply(server, head, ENOENT, NULL, 0);
	else
		reply(server, head, 0, &out, sizeof(out));
}

static void answer_getattr(const struct server *server, const struct fuse_in_header *head)
{
	const struct fuse_attr_out out = { .attr_valid = VALID_SECONDS, .attr = attributes_of(head->nodeid) };

	reply(server, head, 0, &out, sizeof(out));
}

static void write_to_cache(const struct server *server, off_t offset)
{
	const ssize_t wrote = pwrite(server->cache_fd, server->block, BLOCK_BYTES, offset);

	leave_stage(server->stage, ROLE_SERVER, wrote == BLOCK_BYTES);
}

/* What a network file system with a local cache does: fetch, store in the cache, hand out. */
static void answer_read(const struct server *server, const struct fuse_in_header *head)
{
	const struct fuse_read_in *in = (const struct fuse_read_in *)(head + 1);
	const size_t bytes = in->size < BLOCK_BYTES ? in->size : BLOCK_BYTES;
	const off_t offset = in->offset;

	if (++server->stage->reads == 1) {
		reply(server, head, EIO, NULL, 0);
		return;
	}
	await_gate(server->stage, ROLE_SERVER);
	outlive_driver();
	if (server->answer_first)
		reply(server, head, 0, server->block, bytes);
	write_to_cache(server, offset);
	if (!server->answer_first)
		reply(server, head, 0, server->block, bytes);
}

static void answer(const struct server *server)
{
	static const struct fuse_open_out opened = { .fh = 1 };
	const struct fuse_in_header *head = (const struct fuse_in_header *)server->request;

	switch (head->opcode) {
	case FUSE_INIT: answer_init(server, head); break;
	case FUSE_LOOKUP: answer_lookup(server, head); break;
	case FUSE_GETATTR: answer_getattr(server, head); break;
	case FUSE_OPEN: reply(server, head, 0, &opened, sizeof(opened)); break;
	case FUSE_READ: answer_read(server, head); break;
	case FUSE_FLUSH:
	case FUSE_RELEASE: reply(server, head, 0, NULL, 0); break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: break;
	default: reply(server, head, ENOSYS, NULL, 0);
	}
}

/* ENODEV: unmounted. */
static void serve(struct server *server)
{
	for (;;) {
		ssize_t got = read(server->dev_fd, server->request, sizeof(server->request));

		if (got >= (ssize_t)sizeof(struct fuse_in_header))
			answer(server);
		else if (errno != EINTR && errno != EAGAIN && errno != ENOENT)
			_exit(errno == ENODEV ? 0 : 21);
	}
}

static void mount_fuse(struct server *server, const char *folder)
{
	char text[80];

	server->dev_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (server->dev_fd < 0)
		end_failed("open", "path=/dev/fuse errno=%d", errno);
	/* What an earlier run left: its server is gone. */
	umount2(folder, MNT_DETACH);
	snprintf(text, sizeof(text), "fd=%d,rootmode=40000,user_id=0,group_id=0", server->dev_fd);
	if (mount("netfs", folder, "fuse", MS_NOSUID | MS_NODEV, text))
		end_failed("mount", "path=%s errno=%d", folder, errno);
}

pid_t start_server(struct stage *stage, const struct options *options, int cache_fd)
{
	static struct server server;
	const pid_t pid = fork();

	if (pid < 0)
		end_failed("fork", "errno=%d", errno);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	server.stage = stage;
	server.cache_fd = cache_fd;
	server.answer_first = options->control;
	memset(server.block, 'n', sizeof(server.block));
	mount_fuse(&server, options->fuse_folder);
	stage->mounted = true;
	enter_stage(stage, ROLE_SERVER);
	serve(&server);
	_exit(0);
}
