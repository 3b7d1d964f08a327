// SPDX-License-Identifier: GPL-2.0
/*
 * Does what commit 2e898e4c0a38 ("writeback: safer lock nesting") took out of
 * the kernel: inside of a memory cgroup's move_lock, which turns interrupts off
 * and remembers whether they were on, a file's i_pages lock is taken and
 * released with the functions that always turn interrupts on again.
 *
 * The kernel's own folio_memcg_lock() and folio_memcg_unlock() are called, on a
 * folio of a file that the caller names. They take move_lock only while charges
 * are being moved out of the cgroup, so that is pretended, the way the kernel
 * itself marks it. A completion interrupt that ends the writeback of a folio of
 * the cgroup on this CPU then spins on the lock that the interrupted task holds.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/memcontrol.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>

static bool fixed;
module_param(fixed, bool, 0644);
MODULE_PARM_DESC(fixed, "restore interrupts as they were, as the fix does");

static uint linger_ms = 15000;
module_param(linger_ms, uint, 0644);
MODULE_PARM_DESC(linger_ms, "longest stay with move_lock held, in ms");

static ulong page;
module_param(page, ulong, 0644);
MODULE_PARM_DESC(page, "page of the file whose folio is locked; must be under writeback");

enum phase { IDLE, MOVING, LINGERING, RETURNED };
static const char * const phase_names[] = {
	"idle", "moving", "lingering", "returned",
};
static enum phase phase;

static bool held_back;
module_param(held_back, bool, 0444);
MODULE_PARM_DESC(held_back,
		 "whether a device's interrupt was pending for this CPU when the stay ended");

static int get_phase(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", phase_names[READ_ONCE(phase)]);
}

static const struct kernel_param_ops phase_ops = { .get = get_phase };
module_param_cb(phase, &phase_ops, NULL, 0444);
MODULE_PARM_DESC(phase, "idle, moving, lingering (with move_lock held) or returned");

static void (*lock_memcg)(struct folio *folio);
static void (*unlock_memcg)(struct folio *folio);

/* Interrupt requests wait in this CPU's APIC; those of its own timer and of other CPUs are above the devices'. */
static bool device_interrupt_pending(void)
{
	unsigned int first;

	for (first = 32; first < FIRST_SYSTEM_VECTOR; first += 32) {
		u32 requests = apic_read(APIC_IRR + first / 32 * 0x10);

		if (FIRST_SYSTEM_VECTOR - first < 32)
			requests &= BIT(FIRST_SYSTEM_VECTOR - first) - 1;
		if (requests)
			return true;
	}
	return false;
}

/* With interrupts on, nothing is ever pending for long: the interrupt comes, and does not go. */
static void linger(struct folio *folio)
{
	ktime_t end = ktime_add_ms(ktime_get(), linger_ms);
	bool pending;

	WRITE_ONCE(phase, LINGERING);
	do {
		pending = irqs_disabled() && device_interrupt_pending();
		cpu_relax();
	} while (!pending && folio_test_writeback(folio) && ktime_before(ktime_get(), end));
	WRITE_ONCE(held_back, pending);
}

static void nest_i_pages_lock(struct address_space *mapping)
{
	unsigned long flags;

	if (fixed) {
		xa_lock_irqsave(&mapping->i_pages, flags);
		xa_unlock_irqrestore(&mapping->i_pages, flags);
	} else {
		xa_lock_irq(&mapping->i_pages);
		xa_unlock_irq(&mapping->i_pages);
	}
}

/*
 * Interrupts are off once the lock is taken: a folio then still under writeback
 * has its completion before it, if that is to come on this CPU.
 */
static noinline int nest_locks(struct address_space *mapping, struct folio *folio)
{
	int err = -EAGAIN;

	lock_memcg(folio);
	if (folio_test_writeback(folio)) {
		nest_i_pages_lock(mapping);
		linger(folio);
		err = 0;
	}
	unlock_memcg(folio);
	return err;
}

static int nest_in_moving_memcg(struct address_space *mapping, struct folio *folio)
{
	struct mem_cgroup *memcg = folio_memcg(folio);
	int err;

	if (!memcg)
		return -ENODATA;
	WRITE_ONCE(phase, MOVING);
	atomic_inc(&memcg->moving_account);
	/* Whoever read moving_account before this and took no lock is through. */
	synchronize_rcu();
	err = nest_locks(mapping, folio);
	atomic_dec(&memcg->moving_account);
	WRITE_ONCE(phase, RETURNED);
	return err;
}

/* The argument is a file descriptor. */
static long nest_ioctl(struct file *device, unsigned int command, unsigned long fd)
{
	struct file *file;
	struct folio *folio;
	int err;

	if (command != _IO('h', 1))
		return -ENOTTY;
	file = fget(fd);
	if (!file)
		return -EBADF;
	folio = filemap_get_folio(file->f_mapping, page);
	if (IS_ERR_OR_NULL(folio)) {
		err = -ENOENT;
	} else {
		err = nest_in_moving_memcg(file->f_mapping, folio);
		folio_put(folio);
	}
	fput(file);
	return err;
}

static const struct file_operations nest_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = nest_ioctl,
};

static struct miscdevice nest_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "nest_memcg_irq",
	.fops = &nest_fops,
	.mode = 0600,
};

/* Neither function is exported; a kprobe's registration finds the address. */
static void *find_function(const char *name)
{
	struct kprobe probe = { .symbol_name = name };
	int err = register_kprobe(&probe);

	if (err) {
		pr_err("%s not found: %d\n", name, err);
		return NULL;
	}
	unregister_kprobe(&probe);
	return probe.addr;
}

static int __init nest_init(void)
{
	lock_memcg = find_function("folio_memcg_lock");
	unlock_memcg = find_function("folio_memcg_unlock");
	if (!lock_memcg || !unlock_memcg)
		return -ENOENT;
	return misc_register(&nest_device);
}

static void __exit nest_exit(void)
{
	misc_deregister(&nest_device);
}

module_init(nest_init);
module_exit(nest_exit);
MODULE_DESCRIPTION("Nest an interrupt-enabling lock inside of a memory cgroup's move_lock");
MODULE_LICENSE("GPL");
