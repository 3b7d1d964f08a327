import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Analysis, type AnalyzeOptions, analyzeTrace } from '../../analysis/index.ts';
import { importNdjson } from '../../src/import/index.ts';
import { packageRoot } from '../../src/package-root.ts';

const FOLDER = join(packageRoot(), 'test/golden');

/** Captures of the documented deadlocks. */
export const DOCUMENTED = [
  'ext4-fault-writeback',
  'pcpu-alloc-reclaim',
  'netfs-sb-writers-mmap',
  'shmem-seals-cpu-hotplug',
  'memcg-irq-nesting',
] as const;

/** Every golden capture, by its name. */
export const GOLDEN: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ndjson'))
  .map((file) => file.slice(0, -'.ndjson'.length))
  .sort();

export function goldenPath(file: string): string {
  return join(FOLDER, file);
}

export async function analyzeGolden(name: string, options?: AnalyzeOptions): Promise<Analysis> {
  return analyzeTrace(await importNdjson(goldenPath(`${name}.ndjson`)), options);
}
