import assert from 'node:assert/strict';
import { it } from 'node:test';
import { takeSnapshot } from '../../../src/snapshot/take-snapshot.ts';
import { openLocal } from '../../../src/target/local-target.ts';

it('two looks are never closer in the clock of the machine than was asked, so that what stands still is a hang', async () => {
  const target = openLocal();
  // Whoever runs the tests may read enough of /proc for this.
  const unprivileged = {
    name: target.name,
    start: (command: string, options: object) => target.start(command, { ...options, privileged: false }),
  };
  for (const intervalMs of [1, 7, 20, 45]) {
    const { first, second } = await takeSnapshot(unprivileged, {
      intervalMs,
      bpftrace: false,
      signal: new AbortController().signal,
      onStep: () => {},
      onDetail: () => {},
    });
    const apartNs = second.atNs! - first.atNs!;
    assert.ok(apartNs >= intervalMs * 1e6, `${apartNs} ns for ${intervalMs} ms`);
  }
  await target.close();
});
