import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TimelineCollector } from '../../../../analysis/index.ts';
import type { Timeline, TimelineLane } from '../../../../analysis/timeline/timeline.ts';
import { numberTracks, trackNames } from '../../../../src/report/chrome-trace/track-names.ts';
import type { Track } from '../../../../src/report/chrome-trace/tracks.ts';
import { ResourceTable, StackTable, TaskTable } from '../../../../src/trace/index.ts';
import { EMPTY } from '../sample-analyses.ts';

const NOTHING = new TimelineCollector().finish(EMPTY, {
  resources: new ResourceTable(),
  stacks: new StackTable(),
  tasks: new Map(),
  names: new TaskTable(),
});

function toLane(tid: number, name: string): TimelineLane {
  return { tid, name, interest: 'other', waits: 1, waitedNs: 1 };
}

function nameProcesses(lanes: readonly TimelineLane[], pidOf: (lane: TimelineLane) => number): unknown[] {
  const timeline: Timeline = { ...NOTHING, lanes };
  const tracks = lanes.map((_, lane): Track => ({ lane, type: 'waits', level: 0 }));
  const events = [...trackNames(tracks, timeline, numberTracks(tracks, timeline, pidOf))];
  return events.filter(({ name }) => name === 'process_name').map(({ args }) => args);
}

describe('names of tracks', () => {
  it('call a process as its first task, and where that is in no lane after another of its tasks', () => {
    const lanes = [toLane(11, 'worker:11'), toLane(10, 'app:10'), toLane(10, 'old:10'), toLane(21, 'b:21')];
    assert.deepEqual(
      nameProcesses(lanes, ({ tid }) => (tid < 20 ? 10 : 20)),
      [{ name: 'app:10' }, { name: 'process of b:21' }],
    );
  });

  it('are made without looking through all lanes for each process', () => {
    let looks = 0;
    const lanes = Array.from({ length: 2000 }, (_, tid) => ({
      ...toLane(tid, `app:${tid}`),
      get tid() {
        looks++;
        return tid;
      },
    }));
    assert.equal(nameProcesses(lanes, ({ tid }) => tid).length, lanes.length);
    assert.ok(looks < 20 * lanes.length, `${looks} looks at ${lanes.length} lanes`);
  });
});
