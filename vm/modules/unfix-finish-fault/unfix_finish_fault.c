// SPDX-License-Identifier: GPL-2.0
/*
 * Takes commit 63f3655f9501 ("mm, memcg: fix reclaim deadlock with writeback")
 * back for one page fault, chosen by thread group, file and page offset.
 *
 * Since that commit a fault on a file allocates the page table it may need
 * before it takes the page lock, and carries it in vmf->prealloc_pte. Here an
 * ftrace hook leads the chosen fault through a wrapper around finish_fault()
 * that withholds that page table. finish_fault() then allocates one itself,
 * under the page lock, as kernels before 5.0 did. No kernel function is
 * replaced or copied: the wrapper calls the original.
 *
 * The withheld page table stays charged until the fault is over. Freed before,
 * its charge would land in this CPU's charge stock and pay for the very
 * allocation that is to meet the memory cgroup's limit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/jiffies.h>
#include <linux/kdev_t.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/version.h>
#include <asm/pgalloc.h>

static int tgid;
module_param(tgid, int, 0644);
MODULE_PARM_DESC(tgid, "thread group whose fault is chosen");

static uint dev_major;
module_param(dev_major, uint, 0644);
MODULE_PARM_DESC(dev_major, "major number of the file's device");

static uint dev_minor;
module_param(dev_minor, uint, 0644);
MODULE_PARM_DESC(dev_minor, "minor number of the file's device");

static ulong ino;
module_param(ino, ulong, 0644);
MODULE_PARM_DESC(ino, "inode number of the file");

static ulong pgoff;
module_param(pgoff, ulong, 0644);
MODULE_PARM_DESC(pgoff, "offset of the faulted page in the file, in pages");

static uint waiter_ms;
module_param(waiter_ms, uint, 0644);
MODULE_PARM_DESC(waiter_ms,
		 "longest wait for somebody to queue on the faulted page before the original is called, in ms; 0: no wait");

enum phase { IDLE, ARMED, WAITING, ENTERED, RETURNED };
static const char * const phase_names[] = {
	"idle", "armed", "waiting", "entered", "returned",
};
static enum phase phase;

static uint withheld;
module_param(withheld, uint, 0444);
MODULE_PARM_DESC(withheld, "page tables withheld since armed");

static bool had_waiter;
module_param(had_waiter, bool, 0444);
MODULE_PARM_DESC(had_waiter,
		 "whether somebody was queued on the faulted page when the original was called");

static bool armed;

static int set_armed(const char *val, const struct kernel_param *kp)
{
	bool on;
	int err = kstrtobool(val, &on);

	if (err)
		return err;
	if (on) {
		withheld = 0;
		had_waiter = false;
	}
	WRITE_ONCE(phase, on ? ARMED : IDLE);
	/* Pairs with is_chosen(): what to choose is seen with the flag. */
	smp_store_release(&armed, on);
	return 0;
}

static const struct kernel_param_ops armed_ops = {
	.set = set_armed,
	.get = param_get_bool,
};
module_param_cb(armed, &armed_ops, &armed, 0644);
MODULE_PARM_DESC(armed, "whether the chosen fault is wrapped; setting it resets the state");

static int get_phase(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", phase_names[READ_ONCE(phase)]);
}

static const struct kernel_param_ops phase_ops = { .get = get_phase };
module_param_cb(phase, &phase_ops, NULL, 0444);
MODULE_PARM_DESC(phase, "idle, armed, waiting, entered (the original) or returned (from it)");

static vm_fault_t (*original)(struct vm_fault *vmf);

static bool notrace is_chosen(const struct vm_fault *vmf)
{
	const struct file *file = vmf->vma->vm_file;
	const struct inode *inode;

	if (!smp_load_acquire(&armed) || !file ||
	    current->tgid != tgid || vmf->pgoff != pgoff)
		return false;
	inode = file_inode(file);
	return inode->i_ino == ino &&
	       MAJOR(inode->i_sb->s_dev) == dev_major &&
	       MINOR(inode->i_sb->s_dev) == dev_minor;
}

static void wait_for_waiter(struct page *page)
{
	unsigned long end = jiffies + msecs_to_jiffies(waiter_ms);
	bool queued;

	WRITE_ONCE(phase, WAITING);
	do {
		queued = PageWaiters(compound_head(page));
		if (queued || fatal_signal_pending(current))
			break;
		usleep_range(1000, 2000);
	} while (time_before(jiffies, end));
	WRITE_ONCE(had_waiter, queued);
}

static noinline vm_fault_t unfixed_finish_fault(struct vm_fault *vmf)
{
	pgtable_t table = vmf->prealloc_pte;
	vm_fault_t ret;

	vmf->prealloc_pte = NULL;
	if (table)
		WRITE_ONCE(withheld, withheld + 1);
	if (waiter_ms)
		wait_for_waiter(vmf->page);

	WRITE_ONCE(phase, ENTERED);
	/*
	 * Must not become a tail call: the hook knows this call by its return
	 * address within the module. The lines that follow see to that.
	 */
	ret = original(vmf);
	WRITE_ONCE(phase, RETURNED);

	if (table)
		pte_free(vmf->vma->vm_mm, table);
	module_put(THIS_MODULE);
	return ret;
}

static void notrace redirect(unsigned long parent_ip, struct pt_regs *regs)
{
	const struct vm_fault *vmf = (void *)regs_get_kernel_argument(regs, 0);

	if (within_module(parent_ip, THIS_MODULE) || !is_chosen(vmf))
		return;
	/*
	 * The reference makes rmmod refuse while a fault is in the wrapper. The
	 * few instructions after module_put() are covered by the grace period
	 * that unregister_ftrace_function() waits for.
	 */
	if (try_module_get(THIS_MODULE))
		instruction_pointer_set(regs, (unsigned long)unfixed_finish_fault);
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define HOOK_RECURSION FTRACE_OPS_FL_RECURSION_SAFE
static void notrace hook(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *ops, struct pt_regs *regs)
{
	redirect(parent_ip, regs);
}
#else
#define HOOK_RECURSION FTRACE_OPS_FL_RECURSION
static void notrace hook(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	redirect(parent_ip, ftrace_get_regs(fregs));
}
#endif

static struct ftrace_ops hook_ops = {
	.func = hook,
	.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | HOOK_RECURSION,
};

/* finish_fault() is not exported; a kprobe's registration finds its address. */
static int find_original(void)
{
	struct kprobe probe = { .symbol_name = "finish_fault" };
	int err = register_kprobe(&probe);

	if (err)
		return err;
	original = (void *)probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

/* ftrace_free_filter() is exported since 6.3 only: taking the one address out leaves the filter as empty. */
static void clear_filter(void)
{
	ftrace_set_filter_ip(&hook_ops, (unsigned long)original, 1, 0);
}

static int __init unfix_init(void)
{
	int err = find_original();

	if (err) {
		pr_err("finish_fault not found: %d\n", err);
		return err;
	}
	err = ftrace_set_filter_ip(&hook_ops, (unsigned long)original, 0, 0);
	if (err) {
		pr_err("finish_fault cannot be traced: %d\n", err);
		return err;
	}
	err = register_ftrace_function(&hook_ops);
	if (err) {
		pr_err("hook not registered: %d\n", err);
		clear_filter();
	}
	return err;
}

static void __exit unfix_exit(void)
{
	unregister_ftrace_function(&hook_ops);
	clear_filter();
}

module_init(unfix_init);
module_exit(unfix_exit);
MODULE_DESCRIPTION("Undo 63f3655f9501 for one chosen page fault");
MODULE_LICENSE("GPL");
