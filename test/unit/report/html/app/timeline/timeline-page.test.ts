import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { layoutRows, placeStrips } from '../../../../../../src/report/html/app/timeline/lane-rows.ts';
import { buildTimelineModel } from '../../../../../../src/report/html/app/timeline/model.ts';
import type { PageData } from '../../../../../../src/report/html/page-data.ts';
import {
  changeMedia,
  goldenPath,
  nextFrames,
  noBrowser,
  type OpenOptions,
  openPage,
  pageDataOf,
} from '../../open-page.ts';
import { makeTimeline } from './sample-timeline.ts';

const GUTTER_PX = 176;

/** The timeline of a page, and where things are on it. */
class TimelinePage {
  readonly page: Page;
  readonly #data: PageData;

  constructor(page: Page, data: PageData) {
    this.page = page;
    this.#data = data;
  }

  get lanes(): Locator {
    return this.page.getByRole('application');
  }

  get canvas(): Locator {
    return this.lanes.locator('canvas');
  }

  get tooltip(): Locator {
    return this.page.locator('.timeline-tooltip');
  }

  get more(): Locator {
    return this.page.getByRole('button', { name: /more tasks?:/ });
  }

  async notes(): Promise<string> {
    return (await this.page.locator('.timeline-note').allTextContents()).join('\n');
  }

  /** What is said to be shown. */
  async range(): Promise<string> {
    return (await this.page.locator('.timeline-range').textContent())!;
  }

  async waitForRange(pattern: RegExp): Promise<void> {
    await this.page.locator('.timeline-range', { hasText: pattern }).waitFor();
  }

  button(name: string): Locator {
    return this.page.getByRole('group', { name: 'What the timeline shows' }).getByRole('button', { name });
  }

  /** A point on the first strip of a lane, so far along what is seen of time. */
  async pointOf(lane: number, share: number): Promise<{ x: number; y: number }> {
    const model = buildTimelineModel(this.#data.timeline, []);
    const rows = layoutRows(model, { isExpanded: true });
    const strip = placeStrips(model, rows, rows.rowOf[lane]!)[0]!;
    // With the details beside it, or other lanes, it has another size, which it hears of in the next frame.
    await nextFrames(this.page);
    await this.lanes.scrollIntoViewIfNeeded();
    const box = (await this.canvas.boundingBox())!;
    return {
      x: box.x + GUTTER_PX + share * (box.width - GUTTER_PX),
      y: box.y + strip.top + strip.height / 2,
    };
  }

  async hover(lane: number, share: number): Promise<void> {
    const { x, y } = await this.pointOf(lane, share);
    await this.page.mouse.move(x, y);
  }

  /** Red, green, blue of a point of the canvas. */
  async colourAt(lane: number, share: number): Promise<readonly number[]> {
    const { x, y } = await this.pointOf(lane, share);
    return this.canvas.evaluate(
      (canvas: HTMLCanvasElement, at) => {
        const box = canvas.getBoundingClientRect();
        const scale = canvas.width / box.width;
        // A copy: the page's own canvas stays as it is when it is only drawn on.
        const copy = new OffscreenCanvas(1, 1).getContext('2d')!;
        copy.drawImage(canvas, -(at.x - box.x) * scale, -(at.y - box.y) * scale);
        const { data } = copy.getImageData(0, 0, 1, 1);
        return [...data.subarray(0, 3)];
      },
      { x, y },
    );
  }
}

async function openTimeline(source: string | PageData, options?: OpenOptions) {
  const data = typeof source === 'string' ? await pageDataOf(goldenPath(source)) : source;
  const opened = await openPage(data, options);
  return {
    timeline: new TimelinePage(opened.page, data),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** A page whose timeline is another. */
async function withTimeline(timeline: PageData['timeline']): Promise<PageData> {
  const data = await pageDataOf(goldenPath('nothing-waits'));
  return { ...data, timeline };
}

describe('the timeline of a deadlock', { skip: noBrowser }, () => {
  it('begins with the waits of the cycle, and says so', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    assert.equal(await timeline.range(), 'Shown: 44.3 s from 0.890000 s, of 45.2 s');
    assert.equal(
      await timeline.lanes.getAttribute('aria-label'),
      'What 4 tasks waited for and held over time',
    );
    const described = (await timeline.lanes.getAttribute('aria-describedby'))!.split(' ');
    const texts = await Promise.all(
      described.map((id) => timeline.page.locator(`[id="${id}"]`).textContent()),
    );
    assert.match(texts.join(' '), /^Shown: .*Arrow keys/);
  });

  it('marks when the cycle closed, and selects it from there', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { page } = opened.timeline;
    const flag = page.getByRole('button', { name: 'cycle c-1 closed' });
    await flag.click();
    await page.waitForURL(/#c-1$/);
    await page.getByRole('button', { name: 'cycle c-1 closed', pressed: true }).waitFor();
  });

  it('shows details of what is under the pointer, and no longer than it is there', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    await timeline.hover(0, 0.5);
    await timeline.tooltip.waitFor();
    const text = await timeline.tooltip.locator(':scope > *').allTextContents();
    assert.equal(
      text[0],
      'kworker/u4:1:33 waits for lock of folio 0xffffea00012a4b00 (page 64 of inode 13 on 254:16)',
    );
    assert.match(text[1]!, /^from \d+\.\d{6} s to the end of the capture, \S+ s$/);
    assert.deepEqual(text.slice(2), ['still open', 'held by p1-task1:412 (traced)', 'part of a cycle']);
    await timeline.page.mouse.move(5, 5);
    await timeline.tooltip.waitFor({ state: 'detached' });
  });

  it('shows no details of what was moved away below the pointer', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const { page } = timeline;
    await timeline.button('Zoom in').click();
    await timeline.hover(0, 0.5);
    await timeline.tooltip.waitFor();
    await page.keyboard.down('Shift');
    await page.mouse.wheel(0, 100);
    await page.keyboard.up('Shift');
    await timeline.tooltip.waitFor({ state: 'detached' });
  });

  it('leaves the second button of a mouse to the browser', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const { page } = timeline;
    const shown = await timeline.range();
    for (const canvas of ['.timeline-axis canvas', '.timeline-overview']) {
      const box = (await page.locator(canvas).boundingBox())!;
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + 0.4 * box.width, y);
      await page.mouse.down({ button: 'right' });
      await page.mouse.move(box.x + 0.8 * box.width, y, { steps: 3 });
      await page.mouse.up({ button: 'right' });
      await nextFrames(page);
      assert.equal(await timeline.range(), shown, canvas);
    }
  });

  it('selects the wait that is clicked and lets go beside it', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const inCycle = await timeline.colourAt(0, 0.5);
    await timeline.hover(0, 0.5);
    await timeline.page.mouse.down();
    await timeline.page.mouse.up();
    await timeline.page.waitForURL(/#tw-1$/);
    await timeline.hover(0, 0.01);
    await timeline.page.mouse.down();
    await timeline.page.mouse.up();
    await timeline.page.waitForURL(/^[^#]*$/);
    assert.ok(inCycle[0]! > 150 && inCycle[1]! < 80, `a wait in a cycle is red, not ${inCycle}`);
  });

  it('brings what the address names into view', async () => {
    await using opened = await openTimeline('ext4-fault-writeback', { hash: '#c-1' });
    await opened.timeline.page.getByRole('button', { name: 'cycle c-1 closed', pressed: true }).waitFor();
  });

  it('zooms and moves with buttons and wheel, and scrolls the page with a plain wheel', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const { page } = timeline;
    await timeline.button('Whole capture').click();
    await timeline.waitForRange(/^Shown: all 45\.2 s$/);
    await timeline.button('Zoom in').click();
    await timeline.waitForRange(/^Shown: 31\.1 s from /);
    await timeline.button('Zoom out').click();
    await timeline.waitForRange(/^Shown: all/);
    await timeline.button('How it closed').click();
    await timeline.waitForRange(/^Shown: 55 ms from 2\.9975/);
    await timeline.button('The cycle').click();
    await timeline.waitForRange(/^Shown: 44\.3 s/);
    await timeline.hover(1, 0.5);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await timeline.waitForRange(/^Shown: 2\d\.\d s from 1\d\./);
    const zoomed = await timeline.range();
    await page.keyboard.down('Shift');
    await page.mouse.wheel(0, 100);
    await page.keyboard.up('Shift');
    await page.waitForFunction(
      (old) => document.querySelector('.timeline-range')!.textContent !== old,
      zoomed,
    );
    const before = await page.evaluate(() => scrollY);
    const moved = await timeline.range();
    await page.mouse.wheel(0, 120);
    await page.waitForFunction((old) => scrollY !== old, before);
    assert.equal(await timeline.range(), moved);
  });

  it('follows a drag, and shows the range that is dragged over on the axis', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const { page } = timeline;
    await timeline.button('Zoom in').click();
    const start = await timeline.range();
    const from = await timeline.pointOf(2, 0.5);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 100, from.y, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(
      (old) => document.querySelector('.timeline-range')!.textContent !== old,
      start,
    );
    assert.equal(await page.evaluate(() => location.hash), '', 'a drag selects nothing');
    await timeline.button('Whole capture').click();
    const axis = (await page.locator('.timeline-axis canvas').boundingBox())!;
    const width = axis.width - GUTTER_PX;
    await page.mouse.move(axis.x + GUTTER_PX + width / 2, axis.y + 10);
    await page.mouse.down();
    await page.mouse.move(axis.x + GUTTER_PX + width * 0.75, axis.y + 10, { steps: 4 });
    await page.mouse.up();
    await timeline.waitForRange(/^Shown: 12\.\d s from 22\.6/);
  });

  it('fits the span that is clicked twice', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const { x, y } = await timeline.pointOf(3, 0.8);
    await timeline.page.mouse.dblclick(x, y);
    await timeline.waitForRange(/^Shown: 26\.\d s from 18\./);
    await timeline.page.waitForURL(/#tw-4$/);
  });

  it('zooms where nothing is clicked twice, whatever was clicked just before', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const wait = await timeline.pointOf(3, 0.8);
    await timeline.page.mouse.click(wait.x, wait.y);
    await timeline.page.getByRole('heading', { name: 'tw-4 wait' }).waitFor();
    const nothing = await timeline.pointOf(3, 0.1);
    await timeline.page.mouse.dblclick(nothing.x, nothing.y);
    await timeline.waitForRange(/^Shown: 23\.\d s from 3\./);
  });

  it('zooms where two fingers go apart', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const { x, y } = await timeline.pointOf(1, 0.5);
    const session = await timeline.page.context().newCDPSession(timeline.page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart?: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints:
          apart === undefined
            ? []
            : [
                { x: x - apart, y, id: 0 },
                { x: x + apart, y, id: 1 },
              ],
      });
    await touch('touchStart', 40);
    for (const apart of [50, 60, 70, 80]) {
      await touch('touchMove', apart);
    }
    await touch('touchEnd');
    await timeline.waitForRange(/^Shown: 2\d\.\d s from 1\d\./);
  });
});

describe('the timeline by keyboard', { skip: noBrowser }, () => {
  it('goes from span to span, says each in words, and selects', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const { timeline } = opened;
    const { page } = timeline;
    const told = (pattern: RegExp) =>
      page.locator('[aria-live="polite"]', { hasText: pattern }).first().waitFor({ state: 'attached' });
    await timeline.button('How it closed').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await told(/^kworker\/u4:1:33, 1 wait, \S+ s in all, in a cycle$/);
    await page.keyboard.press('ArrowRight');
    await told(
      /^kworker\/u4:1:33 waits for lock of folio .* held by p1-task1:412 \(traced\), part of a cycle$/,
    );
    await timeline.tooltip.waitFor();
    await page.keyboard.press('ArrowDown');
    await told(/^kworker\/u4:1:33 holds writeback of folio .* still held$/);
    await page.keyboard.press('PageDown');
    await told(/^sync:502, 1 wait/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#tw-4$/);
    await page.keyboard.press('f');
    await told(/^Shown: 26\.\d s from 18\./);
    await page.keyboard.press('-');
    await told(/^Shown: (4\d|all)/);
    await page.keyboard.press('0');
    await told(/^Shown: all 45\.2 s$/);
    await page.keyboard.press('c');
    await told(/^Shown: 44\.3 s/);
    await page.keyboard.press('+');
    await page.keyboard.press('Shift+ArrowLeft');
    await told(/^Shown: 29 s from 6\.97/);
    await page.keyboard.press('Escape');
    await page.waitForURL(/^[^#]*$/);
    await timeline.tooltip.waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowLeft');
    await told(/^sync:502, 1 wait/);
    await timeline.tooltip.waitFor();
  });
});

describe('lanes that are not of interest', { skip: noBrowser }, () => {
  it('are behind a line, and open from there', async () => {
    await using opened = await openTimeline('convoy');
    const { timeline } = opened;
    const height = () => timeline.page.locator('.timeline-rows').evaluate((rows) => rows.clientHeight);
    assert.equal(await timeline.more.textContent(), '4 more tasks: show');
    const collapsed = await height();
    await timeline.more.click();
    await timeline.page.getByRole('button', { name: '4 more tasks: hide', expanded: true }).waitFor();
    assert.ok((await height()) > collapsed + 4 * 20);
  });

  it('open by themselves when one of their spans is selected', async () => {
    const data = await pageDataOf(goldenPath('convoy'));
    const { lanes, waits } = data.timeline;
    const row = waits.lane.findIndex((lane) => lanes[lane]!.interest === 'other');
    await using opened = await openTimeline(data, { hash: `#tw-${row + 1}` });
    await opened.timeline.page.getByRole('button', { name: '4 more tasks: hide', expanded: true }).waitFor();
  });

  it('are found by the filter of the page', async () => {
    await using opened = await openTimeline('convoy');
    const { timeline } = opened;
    await timeline.page.getByRole('searchbox').fill('postgres:105');
    await timeline.more.waitFor({ state: 'detached' });
    await timeline.hover(0, 0.5);
    await timeline.page.getByRole('searchbox').fill('nothing-of-that-name');
    await timeline.page.getByText('No task, resource or frame matches the filter.').waitFor();
  });

  it('are drawn by the thousand where one scrolls to', async () => {
    const interests = Array.from({ length: 10_000 }, (_, lane) =>
      lane === 0 ? ('chain' as const) : ('other' as const),
    );
    const waits = interests.map((_, lane) => ({ lane, beginNs: 100, endNs: 900 }));
    await using opened = await openTimeline(await withTimeline(makeTimeline({ interests, waits })));
    const { timeline } = opened;
    await timeline.more.click();
    await timeline.page.locator('.timeline-scroller').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    // By then the canvas has grown, and is where it stays.
    await nextFrames(timeline.page);
    await timeline.lanes.evaluate((lanes) => lanes.scrollIntoView({ block: 'end', behavior: 'instant' }));
    await nextFrames(timeline.page);
    const box = (await timeline.canvas.boundingBox())!;
    assert.ok(box.height < 1000, 'the canvas has the size of what is seen');
    await timeline.page.mouse.move(box.x + GUTTER_PX + 300, box.y + box.height - 14);
    await timeline.tooltip.getByText('task9999:10000 waited for').waitFor();
  });
});

describe('what the timeline is drawn with', { skip: noBrowser }, () => {
  it('follows the theme of the reader and of the page', async () => {
    await using opened = await openTimeline('convoy', { colorScheme: 'light' });
    const { timeline } = opened;
    const light = await timeline.colourAt(0, 0.75);
    assert.ok(Math.min(...light) > 180, `a light face, not ${light}`);
    await changeMedia(timeline.page, { colorScheme: 'dark' });
    const dark = await timeline.colourAt(0, 0.75);
    assert.ok(Math.max(...dark) < 120, `a dark face, not ${dark}`);
    await timeline.page.getByLabel('Colours').selectOption('light');
    assert.deepEqual(await timeline.colourAt(0, 0.75), light);
  });

  it('shows a selected span that is too narrow to be drawn', async () => {
    const waits = [
      { lane: 0, beginNs: 0, endNs: 1e6 },
      { lane: 0, beginNs: 5e8, endNs: 5e8 + 1 },
    ];
    const data = await withTimeline(makeTimeline({ endNs: 1e9, interests: ['chain'], waits }));
    const colours: (readonly number[])[] = [];
    for (const hash of ['#tw-1', '#tw-2']) {
      await using opened = await openTimeline(data, { hash });
      const { timeline } = opened;
      await timeline.page.getByRole('complementary').or(timeline.page.locator('.panel')).first().waitFor();
      colours.push(await timeline.colourAt(0, 0.5));
    }
    assert.notDeepEqual(colours[0], colours[1]);
  });

  it('takes forced colours', async () => {
    await using opened = await openTimeline('convoy');
    const { timeline } = opened;
    const usual = await timeline.colourAt(0, 0.75);
    await changeMedia(timeline.page, { forcedColors: 'active' });
    assert.notDeepEqual(await timeline.colourAt(0, 0.75), usual);
  });

  it('is as sharp as the screen, and sharper on paper, which is light', async () => {
    await using opened = await openTimeline('convoy', { colorScheme: 'dark' });
    const { timeline } = opened;
    const sizes = () =>
      timeline.canvas.evaluate((canvas: HTMLCanvasElement) => ({
        perPx: canvas.width / canvas.clientWidth,
        fits: canvas.clientWidth <= document.documentElement.clientWidth,
      }));
    assert.deepEqual(await sizes(), { perPx: 1, fits: true });
    await timeline.button('Zoom in').click();
    const zoomed = await timeline.range();
    await timeline.page.setViewportSize({ width: 700, height: 900 });
    await changeMedia(timeline.page, { media: 'print' });
    assert.deepEqual(await sizes(), { perPx: 3, fits: true });
    assert.match(await timeline.range(), /^Shown: all/);
    const printed = await timeline.colourAt(0, 0.75);
    assert.ok(Math.min(...printed) > 180, `a light face, not ${printed}`);
    assert.equal(await timeline.more.isVisible(), false);
    assert.match(await timeline.notes(), /4 more tasks waited or held something/);
    await changeMedia(timeline.page, { media: 'screen' });
    await timeline.waitForRange(new RegExp(`^${zoomed}$`));
    await timeline.page.waitForFunction(
      () => document.querySelector<HTMLCanvasElement>('.timeline-lanes canvas')!.width < 1000,
    );
  });

  it('fits a narrow window', async () => {
    await using opened = await openTimeline('ext4-fault-writeback', {
      viewport: { width: 360, height: 700 },
    });
    const { canvas } = opened.timeline;
    const overflow = await canvas.evaluate(
      (element) => element.getBoundingClientRect().right - document.documentElement.clientWidth,
    );
    assert.ok(overflow <= 0, `${overflow} px too wide`);
  });
});

describe('the legend', { skip: noBrowser }, () => {
  it('explains what there is, and nothing else', async () => {
    await using opened = await openTimeline('ext4-fault-writeback');
    const legend = opened.timeline.page.getByRole('list', { name: 'Legend of the timeline' });
    assert.deepEqual(await legend.getByRole('listitem').allTextContents(), [
      'waits in a cycle',
      'waits behind a cycle',
      'holds what closes a cycle',
      'holds',
    ]);
  });
});
