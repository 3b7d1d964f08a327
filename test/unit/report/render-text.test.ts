import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Analysis, analyzeTrace, findHandle } from '../../../analysis/index.ts';
import { displayWidth } from '../../../src/report/layout.ts';
import { ANSI_COLOURS, NO_COLOURS } from '../../../src/report/palette.ts';
import { renderDetail } from '../../../src/report/render-detail.ts';
import { renderText } from '../../../src/report/render-text.ts';
import { arbitraryTrace } from './arbitrary-trace.ts';
import { EMPTY, FAULT_DEADLOCK, sampleChain, sampleCycle, sampleEdge } from './sample-analyses.ts';

const STYLE = { width: 100, palette: NO_COLOURS, fullStacks: false };

function firstLine(analysis: Analysis): string {
  return renderText(analysis, STYLE).split('\n')[0]!;
}

describe('renderText', () => {
  it('says the verdict first', () => {
    assert.equal(
      firstLine(FAULT_DEADLOCK),
      'DEADLOCK: kworker/u4:1:33 and p1-task1:412 wait for each other; this never ends by itself',
    );
  });

  it('puts what it is known as before the proof', () => {
    const text = renderText(FAULT_DEADLOCK, STYLE);
    assert.ok(text.indexOf('ext4-fault-writeback') < text.indexOf('Cycle [c-1]'));
    assert.match(text, /fix +63f3655f9501/);
  });

  it('prints an edge as waiter, resource, how long, blocker', () => {
    const text = renderText(FAULT_DEADLOCK, STYLE);
    assert.match(
      text,
      /p1-task1:412 +writeback of folio 0xffffea00012a4ac0 +42\.1 s +held by kworker\/u4:1:33/,
    );
  });

  it('counts what a task holds and nobody wants', () => {
    assert.match(renderText(FAULT_DEADLOCK, STYLE), /63 × writeback of folio that nobody here waits for/);
    assert.doesNotMatch(renderText(FAULT_DEADLOCK, { ...STYLE, fullStacks: true }), /63 ×/);
  });

  it('leaves scheduler and entry frames to --full-stacks and says so', () => {
    const text = renderText(FAULT_DEADLOCK, STYLE);
    assert.doesNotMatch(text, /io_schedule|asm_exc_page_fault/);
    assert.match(text, /… 7 more frames: --full-stacks/);
    assert.match(
      renderText(FAULT_DEADLOCK, { ...STYLE, fullStacks: true }),
      /asm_exc_page_fault\+0x22\/0x30/,
    );
  });

  it('groups victims by whom they wait behind', () => {
    assert.match(
      renderText(FAULT_DEADLOCK, STYLE),
      /Victims: 2 tasks wait behind this cycle[\s\S]* 2 tasks behind p1-task1:412 of the cycle: dd:501 and\s+sync:502/,
    );
  });

  it('counts victims whose chains are not listed, and names those on the way of others', () => {
    const [cycle] = FAULT_DEADLOCK.cycles;
    const [chain] = FAULT_DEADLOCK.chains;
    const way = [sampleEdge({ waiter: 501, blocker: 502 }), ...chain!.links];
    const text = renderText(
      {
        ...FAULT_DEADLOCK,
        cycles: [{ ...cycle!, moreVictims: 99_998 }],
        chains: [{ ...chain!, links: way }],
      },
      STYLE,
    );
    assert.match(text, /Victims: 100,000 tasks wait behind this cycle/);
    assert.match(text, /1 task behind sync:502, behind p1-task1:412 of the cycle: dd:501;/);
    assert.match(text, /… 99,998 more victims: --max-chains/);
  });

  it('says what a holder was inferred from, below the edges', () => {
    const [cycle] = FAULT_DEADLOCK.cycles;
    const edges = [{ ...cycle!.edges[0]!, inferredFrom: 'an open call' }, cycle!.edges[1]!];
    const text = renderText({ ...FAULT_DEADLOCK, cycles: [{ ...cycle!, edges }] }, STYLE);
    assert.match(text, /^ {2}inferred: p1-task1:412 from an open call$/m);
    const soft = [{ ...edges[0]!, hard: false }, edges[1]!];
    assert.doesNotMatch(
      renderText({ ...FAULT_DEADLOCK, cycles: [{ ...cycle!, edges: soft }] }, STYLE),
      /inferred:/,
    );
  });

  it('says of a cycle of one in an interrupt that the CPU is gone', () => {
    const edge = sampleEdge({
      waiter: 7,
      blocker: 7,
      resource: { kind: 'spinlock', id: '0x1', label: 'mem_cgroup.move_lock' },
      context: 'interrupt',
    });
    const cycle = {
      verdict: 'deadlock',
      reasons: [],
      tasks: [7],
      edges: [edge],
      closedNs: 0,
      victims: [],
      matches: [],
    } as const;
    const text = renderText({ ...EMPTY, verdict: 'deadlock', cycles: [cycle] }, { ...STYLE, width: 200 });
    assert.match(
      text,
      /^DEADLOCK: 7 waits for itself: an interrupt on top of it spins for spinlock mem_cgroup\.move_lock, which it holds/,
    );
    const { context, ...plain } = edge;
    assert.equal(context, 'interrupt');
    assert.match(
      renderText({ ...EMPTY, verdict: 'deadlock', cycles: [{ ...cycle, edges: [plain] }] }, STYLE),
      /^DEADLOCK: 7 waits for itself; this never ends by itself/,
    );
  });

  it('never says "none" alone where events were lost', () => {
    const loss = { total: 1234, byReason: { lost_events: 1234 } };
    assert.equal(
      firstLine({ ...EMPTY, loss }),
      'NO DEADLOCK: none seen, 1,234 events lost; no wait was recorded',
    );
    const capture = { ...EMPTY.capture, events: 1 };
    assert.equal(
      firstLine({ ...EMPTY, capture, loss }),
      'NO DEADLOCK: none seen, 1,234 events lost; nothing was waiting at the end',
    );
    assert.match(firstLine({ ...FAULT_DEADLOCK, loss }), /\(1,234 events lost\)|1,234/);
  });

  it('says that a capture was cut off, and only of a capture', () => {
    const { endReason, ...capture } = FAULT_DEADLOCK.capture;
    assert.equal(endReason, 'duration');
    assert.match(renderText({ ...FAULT_DEADLOCK, capture }, STYLE), /cut off/);
    assert.doesNotMatch(renderText(EMPTY, STYLE), /cut off/);
  });

  it('names hooks that the kernel has no symbol for', () => {
    const hooks = [{ hook: 'pcpu_alloc', symbol: undefined, reason: 'not traceable' }];
    const text = renderText({ ...EMPTY, capture: { ...EMPTY.capture, hooks } }, STYLE);
    assert.match(text, /Not traced: pcpu_alloc \(not traceable\)/);
  });

  it('survives a hang whose chains were all left out', () => {
    assert.match(firstLine({ ...EMPTY, verdict: 'hang', omittedChains: 3 }), /HANG: 3 waits/);
  });

  it('keeps long cycles and long chains short unless asked', () => {
    const edges = Array.from({ length: 500 }, (_, i) => sampleEdge({ waiter: i, blocker: (i + 1) % 500 }));
    const tasks = edges.map(({ waiter }) => waiter);
    const cycle = sampleCycle({ tasks, edges });
    const chain = sampleChain({ links: edges, end: 'cycle', cycle: 0 });
    const analysis: Analysis = {
      ...EMPTY,
      verdict: 'deadlock',
      cycles: [cycle],
      chains: [chain, { ...chain, end: 'running' }],
    };
    const text = renderText(analysis, STYLE);
    assert.ok(text.split('\n').length < 300, `${text.split('\n').length} lines`);
    assert.match(text, /488 more tasks/);
    assert.match(renderText(analysis, { ...STYLE, fullStacks: true }), /^ +499 +mutex/m);
  });

  it('colours without changing a character of the text', () => {
    const plain = renderText(FAULT_DEADLOCK, STYLE);
    const coloured = renderText(FAULT_DEADLOCK, { ...STYLE, palette: ANSI_COLOURS });
    assert.notEqual(coloured, plain);
    assert.equal(coloured.replace(/\x1b\[\d+m/g, ''), plain);
  });
});

const CLAIMS = [
  [{ evidence: 'traced' }, 'held by 2 (traced)'],
  [{ evidence: 'owner-field' }, 'owner field names 2 (read from the lock)'],
  [{ evidence: 'released-later' }, 'likely held by 2 (it released it later)'],
  [{ evidence: 'stack' }, 'likely held by 2 (from its stack)'],
  [{ evidence: 'unknown' }, 'perhaps held by 2 (no evidence)'],
  [{ evidence: 'traced', hard: false }, 'queued behind 2 (traced)'],
  [{ evidence: 'unknown', blocker: null }, 'holder unknown'],
  [{ evidence: 'traced', blocker: null, io: true }, 'in flight at the device'],
] as const;

describe('the words for a blocker', () => {
  for (const [changes, words] of CLAIMS) {
    it(`${JSON.stringify(changes)}: ${words}`, () => {
      const text = renderText(
        { ...EMPTY, chains: [sampleChain({ links: [sampleEdge(changes)] })] },
        { ...STYLE, width: 200 },
      );
      assert.ok(text.includes(words), text);
    });
  }
});

describe('any analysis', () => {
  const style = fc.record({
    width: fc.integer({ min: 60, max: 140 }),
    palette: fc.constant(NO_COLOURS),
    fullStacks: fc.boolean(),
  });

  it('prints no control character and, whole stacks apart, no line wider than asked', () => {
    fc.assert(
      fc.property(arbitraryTrace, style, (trace, asked) => {
        const text = renderText(analyzeTrace(trace), asked);
        assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        for (const line of asked.fullStacks ? [] : text.split('\n')) {
          assert.ok(displayWidth(line) <= asked.width, line);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('prints handles that show accepts, and whose details can be printed', () => {
    fc.assert(
      fc.property(arbitraryTrace, style, (trace, asked) => {
        const analysis = analyzeTrace(trace);
        for (const [, handle] of renderText(analysis, asked).matchAll(/\[([cwt]-(?:-?\d+))\]/g)) {
          const found = findHandle(analysis, handle!);
          // A task's name may look like a handle; only ours have to be known.
          if (found !== undefined) {
            const detail = renderDetail(found, analysis, asked);
            assert.doesNotMatch(detail.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}]/u);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has a handle that is found for each cycle, chain and task of the reported deadlock', () => {
    const text = renderText(FAULT_DEADLOCK, STYLE);
    const handles = [...text.matchAll(/\[([cwt]-\d+)\]/g)].map(([, handle]) => handle!);
    assert.deepEqual(handles, ['c-1', 't-33', 't-412', 'w-1']);
    assert.ok(handles.every((handle) => findHandle(FAULT_DEADLOCK, handle) !== undefined));
  });
});

describe('renderDetail', () => {
  const show = (handle: string): string =>
    renderDetail(findHandle(FAULT_DEADLOCK, handle)!, FAULT_DEADLOCK, STYLE);

  it('of a task: its wait, what it holds and its stack', () => {
    assert.match(show('t-412'), /^p1-task1:412 \[t-412\], a thread of 410/);
    assert.match(show('t-412'), /wanted by kworker\/u4:1:33/);
    assert.match(show('t-412'), /held by kworker\/u4:1:33 \(traced\)/);
  });

  it('of a resource: who holds it and everyone who waits', () => {
    const text = show('r-1');
    assert.match(text, /^lock of folio 0xffffea00012a4b00 \(page 64 of inode 13/);
    assert.match(text, /seen held by: p1-task1:412/);
    for (const waiter of ['kworker/u4:1:33', 'dd:501', 'sync:502']) {
      assert.match(text, new RegExp(`^ +${waiter}`, 'm'));
    }
  });

  it('of a chain and a cycle: with the handles of their resources', () => {
    assert.match(show('w-1'), /\[r-1\] lock of folio/);
    assert.match(show('c-1'), /\[r-2\] writeback of folio/);
  });
});
