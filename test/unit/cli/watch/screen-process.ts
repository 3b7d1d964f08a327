/** A child process: shows a watch of a target that is not there on its terminal, until Ctrl-C or, if told `throw`, an accident. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withInterrupt } from '../../../../src/cli/shared/interrupt.ts';
import { WatchScreen } from '../../../../src/cli/watch/watch-screen.ts';
import { NO_COLOURS } from '../../../../src/report/palette.ts';
import { Watch } from '../../../../src/watch/watch.ts';
import { FakeTarget } from '../../watch/fake-target.ts';

const S = 1e9;
/** Longer than any test. */
const DURATION_MS = 600_000;
const folder = mkdtempSync(join(tmpdir(), 'holdwait-screen-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const target = new FakeTarget();
const screen = new WatchScreen('fake', folder, DURATION_MS, process.stdout, NO_COLOURS);

await withInterrupt(async (signal) => {
  const watch = new Watch({
    targetName: 'fake',
    open: target.open,
    thresholdMs: 10,
    holdwaitVersion: '0',
    analyze: {},
    suspectAfterNs: 10 * S,
    folder,
    keepNs: 600 * S,
    keepBytes: 2 ** 30,
    maxSaved: 5,
    rings: [],
    durationMs: DURATION_MS,
    signal,
    onEvent: (event) => {
      if (event.event === 'started') {
        screen.start(watch);
        if (process.argv[2] === 'throw') {
          setImmediate(() => {
            throw new Error('an accident');
          });
        }
      }
      screen.add(event);
    },
  });
  const coming = target.nextTracer();
  const done = watch.run();
  const tracer = await coming;
  tracer.wait(7, 'a', 1 * S, 1.1 * S);
  await done;
  screen.end();
  process.stdout.write('what came after\n');
});
