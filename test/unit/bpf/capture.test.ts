import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { type RunningCapture, startCapture } from '../../../src/bpf/capture.ts';
import type { TargetFacts } from '../../../src/bpf/target-facts.ts';
import type { CommandEnd, Target } from '../../../src/target/target.ts';
import type { Loss, TraceBatch, TraceBuilder } from '../../../src/trace/index.ts';

const FACTS: TargetFacts = {
  hostname: 'h',
  kernelRelease: '6.1.0-56-amd64',
  kernelVersion: '#1',
  machine: 'x86_64',
  bootId: 'b',
  uid: 0,
  hasBtf: true,
  bpftraceVersion: '0.23.2',
  lockdown: undefined,
  traceable: undefined,
  deviceNames: new Map(),
};

/** A tracer whose every word is the test's. */
class FakeTracer {
  readonly stdout = new PassThrough();
  readonly losses: Loss[] = [];
  readonly batches: { readonly batch: TraceBatch; readonly builder: TraceBuilder }[] = [];
  onBatch: () => void = () => {};
  interrupts = 0;
  readonly #end = Promise.withResolvers<CommandEnd>();

  say(record: string): void {
    this.stdout.write(`${JSON.stringify({ type: 'printf', data: `${record}\n` })}\n`);
  }

  leave(end: CommandEnd): void {
    this.#end.resolve(end);
    this.stdout.end();
  }

  async capture(kernelRelease = FACTS.kernelRelease): Promise<RunningCapture> {
    const command = {
      stdout: this.stdout,
      stderr: new PassThrough(),
      interrupt: () => {
        this.interrupts++;
      },
      writeLine: () => {},
      done: this.#end.promise,
    };
    const target: Target = {
      name: 'fake',
      run: async () => ({ status: 0, stdout: '', stderr: '' }),
      start: async () => command,
      close: async () => {},
    };
    this.say('start clock=1000');
    return startCapture(target, {
      program: { text: '', scripts: [], hooks: [], probeCount: 1 },
      facts: { ...FACTS, kernelRelease },
      thresholdMs: 10,
      holdwaitVersion: '0',
      sinks: [{ write: (batch, builder) => this.#keep(batch, builder), close: () => {} }],
    });
  }

  #keep(batch: TraceBatch, builder: TraceBuilder): void {
    this.losses.push(...batch.losses);
    this.batches.push({ batch, builder });
    this.onBatch();
  }

  /** Resolves when everything said so far has been decoded. */
  async settle(): Promise<void> {
    while (this.stdout.readableLength > 0) {
      await new Promise(setImmediate);
    }
    await new Promise(setImmediate);
  }
}

describe('the end of a capture', { timeout: 30_000 }, () => {
  it('is the last record before the stop, and is whole though the tracer never leaves', async () => {
    const tracer = new FakeTracer();
    const capture = await tracer.capture();
    tracer.say('tick at=501000');
    await tracer.settle();
    capture.stop('time is up', 1);
    tracer.say('tick at=901000');
    const { endNs, endReason } = await capture.done;
    assert.equal(tracer.interrupts, 1);
    assert.equal(endNs, 500_000);
    assert.equal(endReason, 'time is up; bpftrace did not end by itself');
    assert.deepEqual(tracer.losses, []);
  });

  it('comes though the far side never lets go of the channel', async () => {
    const tracer = new FakeTracer();
    const capture = await tracer.capture();
    // As ssh2 does it: the channel is closed when the server has answered.
    tracer.stdout.destroy = () => tracer.stdout;
    capture.stop('scenario over', 0);
    assert.equal((await capture.done).endReason, 'scenario over');
  });

  it('says nothing of a tracer that nobody waits for', async () => {
    const tracer = new FakeTracer();
    const capture = await tracer.capture();
    capture.stop('scenario over', 0);
    capture.stop('again');
    assert.equal((await capture.done).endReason, 'scenario over');
    assert.equal(tracer.interrupts, 1);
    assert.deepEqual(tracer.losses, []);
  });

  it('says it of one that was killed on its way out', async () => {
    const tracer = new FakeTracer();
    const capture = await tracer.capture();
    capture.stop('interrupted');
    tracer.leave({ status: undefined });
    assert.equal((await capture.done).endReason, 'interrupted; bpftrace did not end by itself');
  });

  it('does not wait for one that has closed its output and is stuck in the kernel', async () => {
    const tracer = new FakeTracer();
    const capture = await tracer.capture();
    capture.stop('time is up', 20);
    tracer.stdout.end();
    assert.equal((await capture.done).endReason, 'time is up; bpftrace did not end by itself');
  });

  it('is plain where the tracer leaves as it should', async () => {
    const tracer = new FakeTracer();
    const capture = await tracer.capture();
    capture.stop('duration');
    tracer.leave({ status: 0 });
    assert.equal((await capture.done).endReason, 'duration');
    assert.deepEqual(tracer.losses, []);
  });

  it('may miss records where each CPU has a buffer of its own', async () => {
    const tracer = new FakeTracer();
    const capture = await tracer.capture('5.4.0');
    capture.stop('time is up', 1);
    await capture.done;
    assert.deepEqual(
      tracer.losses.map(({ reason, count }) => [reason, count]),
      [['tracer_did_not_stop', 1]],
    );
  });
});

describe('the tables of a long capture', { timeout: 30_000 }, () => {
  it('are begun anew when asked, even by a sink, and know what is still held', async () => {
    const tracer = new FakeTracer();
    const capture = await tracer.capture();
    const firstBatch = new Promise<void>((resolve) => {
      tracer.onBatch = () => {
        if (tracer.batches.at(-1)!.batch.events.length > 0) {
          tracer.onBatch = () => {};
          capture.renewTables();
          resolve();
        }
      };
    });
    tracer.say('hold kind=mutex res=a tid=7 pid=7 since=2000 at=3000 by=x\n|holder');
    tracer.say('hold kind=mutex res=b tid=8 pid=8 since=2000 at=3000 by=x\n|other');
    tracer.say('free kind=mutex res=b at=4000');
    await firstBatch;
    tracer.say('free kind=mutex res=a at=5000');
    await tracer.settle();
    tracer.leave({ status: 0 });
    await capture.done;
    const [first, ...later] = tracer.batches.filter(({ batch }) => batch.events.length > 0);
    assert.deepEqual(
      later.map(({ batch }) => Array.from(batch.events.tsNs)),
      [[4000]],
    );
    const { builder, batch } = later[0]!;
    assert.notEqual(builder, first!.builder);
    assert.equal(first!.builder.resources.size, 2);
    assert.equal(builder.resources.size, 1);
    assert.deepEqual(
      [builder.resources.id(batch.events.resource[0]!), builder.tasks.name(7)],
      ['0xa', 'holder:7'],
    );
  });
});
