import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/package-root.ts';
import { type CaptureCost, measureCaptureCost } from './capture-cost.ts';
import type { Spread } from './median.ts';
import { measureStoreCost, type StoreCost } from './store-cost.ts';

const USAGE = `usage: npm run bench -- [--only capture|store] [--pairs N] [--rounds N] [--scripts NAMES] [--json]`;
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '6' },
    scripts: { type: 'string', default: 'default' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const pairs = Number(values.pairs);
  const rounds = Number(values.rounds);
  const known = values.only === undefined || values.only === 'capture' || values.only === 'store';
  if (values.help || !known || !(pairs >= 1) || !(rounds >= 1)) {
    console.error(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const onProgress = (text: string): void => console.error(text);
  const store =
    values.only === 'capture'
      ? undefined
      : await measureStoreCost({ repeats: pairs, waits: 50_000, onProgress });
  const capture =
    values.only === 'store'
      ? undefined
      : await measureCaptureCost({ pairs, rounds, scripts: values.scripts, onProgress });
  const result = { machine: describeMachine(), ...(store && { store }), ...(capture && { capture }) };
  console.log(
    values.json
      ? JSON.stringify(result)
      : [
          Object.entries(result.machine).map(([name, value]) => `${name}: ${value}`),
          ...(store ? ['', ...storeLines(store)] : []),
          ...(capture ? ['', ...captureLines(capture)] : []),
        ]
          .flat()
          .join('\n'),
  );
}

function describeMachine() {
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  const versionOf = (name: string): string =>
    JSON.parse(readFileSync(join(packageRoot(), 'node_modules', name, 'package.json'), 'utf8')).version;
  const stores = ['better-sqlite3', 'apache-arrow'].filter((name) => name in dependencies);
  return {
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    ...Object.fromEntries(stores.map((name) => [name, versionOf(name)])),
  };
}

function storeLines({ events, repeats, ...cost }: StoreCost): string[] {
  return [
    `storing ${events} events, median of ${repeats} (least to most)`,
    row('decode', cost.decode, 'events/s'),
    row('decode and store in SQLite', cost.decodeAndSqlite, 'events/s'),
    row('decode and store in Arrow', cost.decodeAndArrow, 'events/s'),
    row('bare better-sqlite3, same rows', cost.bareInsert, 'events/s'),
    row('SQLite sink / bare insertion', cost.sqliteToBare, '× its time'),
    row('Arrow sink / SQLite sink', cost.arrowToSqlite, '× its time'),
  ];
}

function captureLines({ kernel, bpftrace, pairs, rounds, events, lost, ...cost }: CaptureCost): string[] {
  return [
    `dd + fsync + mmap in a guest (Linux ${kernel}, ${bpftrace}, ${rounds} rounds), median of ${pairs} pairs (least to most)`,
    row('without a capture', cost.withoutSeconds, 's'),
    row('with one, threshold 10 ms', cost.withSeconds, 's'),
    row('with / without', cost.ratio, '× its time'),
    `  ${events} events stored; lost: ${describeLosses(lost)}`,
  ];
}

function describeLosses(lost: CaptureCost['lost']): string {
  const parts = Object.entries(lost).map(([reason, count]) => `${count} ${reason}`);
  return parts.join(', ') || 'none';
}

function row(name: string, { median, least, most }: Spread, unit: string): string {
  return `  ${name.padEnd(32)} ${format(median).padStart(9)} ${unit.padEnd(10)}  (${format(least)} to ${format(most)})`;
}

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}

await main();
