// SPDX-License-Identifier: GPL-2.0
/*
 * Takes commit 9852a7212324 ("mm: drop hotplug lock from lru_add_drain_all()")
 * back for the drains of one thread group, and gives the offlining of a CPU a
 * step that takes the lock of one inode.
 *
 * Since that commit lru_add_drain_all() leaves cpu_hotplug_lock alone. Here an
 * ftrace hook leads the chosen callers through a wrapper that takes it for
 * reading around the call, as kernels before 4.16 did. No kernel function is
 * replaced or copied: the wrapper calls the original.
 *
 * The step is an ordinary dynamic hotplug callback. It stands for the callbacks
 * of 2017 that came to an inode's lock through kthread creation and devtmpfs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/version.h>
#include <linux/wait.h>

static bool hotplug_lock = true;
module_param(hotplug_lock, bool, 0444);
MODULE_PARM_DESC(hotplug_lock,
		 "whether chosen drains take cpu_hotplug_lock; without it the fix stays in place");

static int tgid;
module_param(tgid, int, 0644);
MODULE_PARM_DESC(tgid, "thread group whose drains are chosen");

static int fd = -1;
module_param(fd, int, 0644);
MODULE_PARM_DESC(fd,
		 "file, by its number in the task that sets armed, whose inode the callback locks");

static uint teardown_ms;
module_param(teardown_ms, uint, 0644);
MODULE_PARM_DESC(teardown_ms,
		 "longest wait of a chosen drain for the callback to have begun, in ms; 0: no wait");

enum phase { IDLE, ARMED, WAITING, LOCKING, ENTERED, RETURNED };
static const char * const phase_names[] = {
	"idle", "armed", "waiting", "locking", "entered", "returned",
};
static enum phase phase;

enum teardown { NONE, BEGUN, LOCKED, DONE };
static const char * const teardown_names[] = {
	"none", "begun", "locked", "done",
};
static enum teardown teardown;
static DECLARE_WAIT_QUEUE_HEAD(teardown_queue);

static bool had_teardown;
module_param(had_teardown, bool, 0444);
MODULE_PARM_DESC(had_teardown,
		 "whether the callback had begun when the wait of a chosen drain ended");

static bool armed;
static struct inode *inode;

/* While cpu_hotplug_lock is held no callback runs, so the inode may be exchanged. */
static void choose(struct inode *chosen)
{
	struct inode *before;

	cpus_read_lock();
	before = inode;
	inode = chosen;
	had_teardown = false;
	WRITE_ONCE(teardown, NONE);
	WRITE_ONCE(phase, chosen ? ARMED : IDLE);
	/* Pairs with is_chosen(): what to choose is seen with the flag. */
	smp_store_release(&armed, chosen != NULL);
	cpus_read_unlock();
	iput(before);
}

static int set_armed(const char *val, const struct kernel_param *kp)
{
	struct inode *chosen = NULL;
	struct file *file;
	bool on;
	int err = kstrtobool(val, &on);

	if (err)
		return err;
	if (on) {
		file = fget(fd);
		if (!file)
			return -EBADF;
		chosen = igrab(file_inode(file));
		fput(file);
		if (!chosen)
			return -ESTALE;
	}
	choose(chosen);
	return 0;
}

static const struct kernel_param_ops armed_ops = {
	.set = set_armed,
	.get = param_get_bool,
};
module_param_cb(armed, &armed_ops, &armed, 0644);
MODULE_PARM_DESC(armed,
		 "whether drains and inode are chosen; setting it resets the state");

static int get_phase(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", phase_names[READ_ONCE(phase)]);
}

static const struct kernel_param_ops phase_ops = { .get = get_phase };
module_param_cb(phase, &phase_ops, NULL, 0444);
MODULE_PARM_DESC(phase,
		 "of a chosen drain: idle, armed, waiting (for the callback), locking, entered (the original) or returned");

static int get_teardown(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", teardown_names[READ_ONCE(teardown)]);
}

static const struct kernel_param_ops teardown_ops = { .get = get_teardown };
module_param_cb(teardown, &teardown_ops, NULL, 0444);
MODULE_PARM_DESC(teardown,
		 "of the callback since armed: none, begun, locked (has the inode's lock) or done");

/* Runs in the hotplug thread of the CPU that goes offline, cpu_hotplug_lock held for writing by whoever asked for it. */
static int lock_inode_at_teardown(unsigned int cpu)
{
	if (!inode)
		return 0;
	WRITE_ONCE(teardown, BEGUN);
	wake_up_all(&teardown_queue);
	inode_lock(inode);
	WRITE_ONCE(teardown, LOCKED);
	inode_unlock(inode);
	WRITE_ONCE(teardown, DONE);
	return 0;
}

static void (*original)(void);

static bool notrace is_chosen(void)
{
	return smp_load_acquire(&armed) && current->tgid == tgid;
}

static void wait_for_teardown(void)
{
	WRITE_ONCE(phase, WAITING);
	wait_event_killable_timeout(teardown_queue, READ_ONCE(teardown) != NONE,
				    msecs_to_jiffies(teardown_ms));
	WRITE_ONCE(had_teardown, READ_ONCE(teardown) != NONE);
}

static noinline void unfixed_lru_drain(void)
{
	if (teardown_ms)
		wait_for_teardown();
	if (hotplug_lock) {
		WRITE_ONCE(phase, LOCKING);
		cpus_read_lock();
	}
	WRITE_ONCE(phase, ENTERED);
	/*
	 * Must not become a tail call: the hook knows this call by its return
	 * address within the module. The lines that follow see to that.
	 */
	original();
	WRITE_ONCE(phase, RETURNED);
	if (hotplug_lock)
		cpus_read_unlock();
	module_put(THIS_MODULE);
}

static void notrace redirect(unsigned long parent_ip, struct pt_regs *regs)
{
	if (within_module(parent_ip, THIS_MODULE) || !is_chosen())
		return;
	/*
	 * The reference makes rmmod refuse while a drain is in the wrapper. The
	 * few instructions after module_put() are covered by the grace period
	 * that unregister_ftrace_function() waits for.
	 */
	if (try_module_get(THIS_MODULE))
		instruction_pointer_set(regs, (unsigned long)unfixed_lru_drain);
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

/* lru_add_drain_all() is not exported; a kprobe's registration finds its address. */
static int find_original(void)
{
	struct kprobe probe = { .symbol_name = "lru_add_drain_all" };
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

static int hook_original(void)
{
	int err = ftrace_set_filter_ip(&hook_ops, (unsigned long)original, 0, 0);

	if (err)
		return err;
	err = register_ftrace_function(&hook_ops);
	if (err)
		clear_filter();
	return err;
}

static enum cpuhp_state hotplug_state;

static int __init unfix_init(void)
{
	int state, err = find_original();

	if (err) {
		pr_err("lru_add_drain_all not found: %d\n", err);
		return err;
	}
	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "unfix_lru_drain:online",
					  NULL, lock_inode_at_teardown);
	if (state < 0) {
		pr_err("hotplug callback not registered: %d\n", state);
		return state;
	}
	hotplug_state = state;
	err = hook_original();
	if (err) {
		pr_err("lru_add_drain_all cannot be hooked: %d\n", err);
		cpuhp_remove_state_nocalls(hotplug_state);
	}
	return err;
}

static void __exit unfix_exit(void)
{
	unregister_ftrace_function(&hook_ops);
	clear_filter();
	cpuhp_remove_state_nocalls(hotplug_state);
	iput(inode);
}

module_init(unfix_init);
module_exit(unfix_exit);
MODULE_DESCRIPTION("Undo 9852a7212324 for one thread group, lock an inode when a CPU goes offline");
MODULE_LICENSE("GPL");
