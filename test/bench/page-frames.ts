import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { packageRoot } from '../../src/package-root.ts';
import { tryFindBrowser } from '../unit/report/html/find-browser.ts';
import { type Benchmark, type BenchRun, type Figure, makeFigure, type SkippedFigure } from './benchmark.ts';
import { summarise } from './median.ts';
import { runHoldwait } from './run-timed.ts';

/** Of these, 100,000 waits and 50,000 holds are in a page. */
const EVENTS = 4_000_000;
const ZOOM_STEPS = 60;
const MIB = 2 ** 20;

/** Whether a page with as many waits as it may have is as smooth as one with four. */
export const pageFrames: Benchmark = {
  name: 'page-frames',
  about: 'zoom in the page of 100,000 waits; in that of four',
  minutes: 2,
  run: async (bench) => [await compare(bench)],
};

interface Zooming {
  /** From going to the page's address until it has drawn. */
  readonly openSeconds: number;
  /** 95 of 100 frames were shown sooner after the one before. */
  readonly frameMs: number;
  /** What the page's main thread worked for each step. */
  readonly workMs: number;
}

async function compare(bench: BenchRun): Promise<Figure | SkippedFigure> {
  const what = 'the time of a frame while zooming in the page of 100,000 waits, 95th percentile';
  const against = 'the same in the page of four waits (time / time)';
  const executablePath = tryFindBrowser();
  if (executablePath === undefined) {
    return {
      what,
      against,
      skipped: 'no Chromium: install chromium-headless-shell, or set HOLDWAIT_BROWSER',
    };
  }
  const long = await writePage(bench, await bench.simulated(EVENTS), 'long');
  const short = await writePage(
    bench,
    join(packageRoot(), 'test/golden/ext4-fault-writeback.ndjson'),
    'short',
  );
  await using browser = await chromium.launch({ executablePath });
  const rounds: { readonly long: Zooming; readonly short: Zooming }[] = [];
  for (let round = 1; round <= bench.sizes.repeats; round++) {
    bench.onProgress(`round ${round} of ${bench.sizes.repeats}`);
    rounds.push({ long: await zoom(browser, long), short: await zoom(browser, short) });
  }
  const spread = (page: 'long' | 'short', what: keyof Zooming) =>
    summarise(rounds.map((round) => round[page][what]));
  return makeFigure(
    {
      what,
      against,
      wanted: { atMost: 2 },
      measured: {
        'frame of 100,000 waits, ms': spread('long', 'frameMs'),
        'frame of four, ms': spread('short', 'frameMs'),
        'work for a step of 100,000, ms': spread('long', 'workMs'),
        'work for a step of four, ms': spread('short', 'workMs'),
        'opening 100,000, s': spread('long', 'openSeconds'),
        'opening four, s': spread('short', 'openSeconds'),
        'page of 100,000 waits, MiB': (await stat(long)).size / MIB,
        'page of four, MiB': (await stat(short)).size / MIB,
      },
    },
    rounds.map((round) => round.long.frameMs / round.short.frameMs),
  );
}

async function writePage({ folder }: BenchRun, capture: string, name: string): Promise<string> {
  const path = join(folder, `${name}.html`);
  await runHoldwait(['analyze', capture, '--html', path], { discard: true });
  return path;
}

/** Opens a page, shows all its tasks and the whole capture, and turns the wheel one way and back, a step a frame. */
async function zoom(browser: Browser, path: string): Promise<Zooming> {
  await using page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const beganMs = performance.now();
  await page.goto(pathToFileURL(path).href);
  const canvas = page.getByRole('application').locator('canvas');
  await canvas.waitFor();
  await nextFrame(page);
  const openSeconds = (performance.now() - beganMs) / 1000;
  await page.getByRole('button', { name: 'Whole capture' }).click();
  const others = page.getByRole('button', { name: /more tasks?:/ });
  if ((await others.count()) > 0) {
    await others.click();
  }
  await canvas.scrollIntoViewIfNeeded();
  await nextFrame(page);
  const metrics = await page.context().newCDPSession(page);
  await metrics.send('Performance.enable');
  const workedBefore = await readWorkSeconds(metrics);
  const frameMs = await page.evaluate<number>(TURN_WHEEL);
  const workMs = ((await readWorkSeconds(metrics)) - workedBefore) * 1000;
  return { openSeconds, frameMs, workMs: workMs / ZOOM_STEPS };
}

function nextFrame(page: Page): Promise<unknown> {
  return page.evaluate('new Promise(requestAnimationFrame)');
}

async function readWorkSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')!.value;
}

/**
 * Runs in the page, as text: the types of this folder are those of Node. Turns the wheel a step a frame; in the end the 95th
 * percentile of the time between two frames, ms.
 */
const TURN_WHEEL = `(async () => {
  const canvas = document.querySelector('[role=application] canvas');
  const box = canvas.getBoundingClientRect();
  const times = [];
  let before = await new Promise(requestAnimationFrame);
  for (let step = 0; step < ${ZOOM_STEPS}; step++) {
    canvas.dispatchEvent(
      new WheelEvent('wheel', {
        bubbles: true,
        cancelable: true,
        ctrlKey: true,
        deltaY: step < ${ZOOM_STEPS / 2} ? -60 : 60,
        clientX: box.x + box.width / 2,
        clientY: box.y + box.height / 2,
      }),
    );
    const now = await new Promise(requestAnimationFrame);
    times.push(now - before);
    before = now;
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)];
})()`;
