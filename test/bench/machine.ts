import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

/** What the figures were measured on: programs that a row adds of its own are in its `measured`. */
export type Machine = Readonly<Record<string, string>>;

const PACKAGES = ['better-sqlite3', 'apache-arrow', '@duckdb/node-api'];

export function describeMachine(): Machine {
  return {
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    node: process.version,
    holdwait: JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version,
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

function versionOf(name: string): string {
  try {
    return JSON.parse(readFileSync(join(packageRoot(), 'node_modules', name, 'package.json'), 'utf8'))
      .version;
  } catch {
    return 'not installed';
  }
}
