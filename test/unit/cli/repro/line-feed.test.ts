import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { LineFeed } from '../../../../src/cli/repro/line-feed.ts';

function openFeed(onLine?: (line: string) => void) {
  const stdout = new PassThrough();
  const feed = new LineFeed(
    {
      stdout,
      stderr: new PassThrough(),
      interrupt: () => stdout.end(),
      writeLine: () => {},
      done: Promise.resolve({ status: 0 }),
    },
    onLine,
  );
  return { stdout, feed };
}

describe('LineFeed', () => {
  it('finds a line that is there already, and one that comes later in pieces', async () => {
    const seen: string[] = [];
    const { stdout, feed } = openFeed((line) => seen.push(line));
    stdout.write('one\ntwo\nthr');
    assert.equal(await feed.find((line) => (line === 'two' ? 2 : undefined), 60_000), 2);
    const later = feed.find((line) => (line === 'three' ? 3 : undefined), 60_000);
    stdout.write('ee\n');
    assert.equal(await later, 3);
    assert.deepEqual(seen, ['one', 'two', 'three']);
  });

  it('gives up when the feed ends', async () => {
    const { feed } = openFeed();
    const found = feed.find(() => undefined, 60_000);
    feed.stop();
    assert.equal(await found, undefined);
  });

  it('gives up when the time is over', async () => {
    const { feed } = openFeed();
    assert.equal(await feed.find(() => undefined, 1), undefined);
    feed.stop();
  });
});
