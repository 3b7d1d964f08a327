import type { FileSet } from './proc-reader.ts';
import { TASK_FILES } from './task-texts.ts';

/**
 * Read in both looks: state that moves on while a machine works. The reader of `vmstat` waits where a CPU cannot be taken
 * down or up, so it comes last.
 */
export const MOVING_FILES: readonly FileSet[] = [
  { folder: '/proc/pressure', files: ['io', 'memory', 'cpu'] },
  { folder: '/proc', files: ['locks', 'meminfo', 'loadavg', 'vmstat'] },
];

/** The same of every block device and every device that is written back to. */
export const MOVING_PATTERNS = [
  '/sys/block/*/inflight',
  '/sys/block/*/stat',
  '/sys/kernel/debug/bdi/*/stats',
];

/** Read once. */
export const FIXED_FILES: readonly FileSet[] = [
  {
    folder: '/proc/sys/kernel',
    files: [
      'osrelease',
      'version',
      'hostname',
      'random/boot_id',
      'tainted',
      'hung_task_timeout_secs',
      'hung_task_warnings',
      'hung_task_panic',
      'hung_task_check_count',
      'hung_task_check_interval_secs',
      'hung_task_detect_count',
      'hung_task_all_cpu_backtrace',
    ],
  },
  {
    folder: '/proc/sys/vm',
    files: ['dirty_ratio', 'dirty_background_ratio', 'dirty_bytes', 'dirty_expire_centisecs'],
  },
];

/**
 * Read last, each as if it were the last: their readers sleep on locks that a hung machine may not give back (cgroup_mutex,
 * namespace_sem).
 */
export const RISKY_TASK_FILES = ['cgroup'] as const;
export const RISKY_FILES: readonly FileSet[] = [{ folder: '/proc/self', files: ['mounts'] }];

/** What is read, for a person. */
export function listReadings(): string[] {
  const paths = (sets: readonly FileSet[]) =>
    sets.map(({ folder, files }) => `${folder}/{${files.join(',')}}`);
  return [
    'state (and wchan of sleeping ones) of /proc/PID/task/TID',
    `of those that may be blocked: ${TASK_FILES.join(', ')}`,
    ...paths(MOVING_FILES),
    ...MOVING_PATTERNS,
    ...paths(FIXED_FILES).map((path) => `once: ${path}`),
    ...paths(RISKY_FILES).map((path) => `once, last: ${path}`),
    `once, last, of the stuck ones: ${RISKY_TASK_FILES.join(', ')}`,
  ];
}

/** What `head` and `tail` print before each of several files. */
export function joinTexts(texts: ReadonlyMap<string, string>): string {
  return Array.from(texts, ([path, text]) => `==> ${path} <==\n${text}`).join('\n');
}
