import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { importNdjson } from '../../../src/import/index.ts';
import { openTrace } from '../../../src/trace/index.ts';
import { GOLDEN, goldenPath } from '../golden-captures.ts';
import { hostileTrace } from '../report/html/hostile-trace.ts';
import { exportBytes } from './export-file.ts';

/** As Debian's libdevel-nytprof-perl has it. */
const SCRIPT = '/usr/share/perl5/Devel/NYTProf/flamegraph.pl';
const skip = existsSync(SCRIPT) ? false : 'flamegraph.pl is not installed (Debian: libdevel-nytprof-perl)';

/** Every frame of a drawing with the µs in it, sorted: `down_write 2810000`. */
function draw(folded: Buffer): string[] {
  const args = [SCRIPT, '--countname=us', '--minwidth=0'];
  const { status, stdout, stderr } = spawnSync('perl', args, { input: folded });
  assert.deepEqual([status, stderr.toString()], [0, '']);
  const svg = new TextDecoder('utf-8', { fatal: true }).decode(stdout);
  const titles = svg.matchAll(/<title>(.*) \(([\d,]+) us, [\d.]+%\)<\/title>/g);
  return Array.from(titles, ([, name, us]) => `${plainText(name!)} ${us!.replaceAll(',', '')}`).sort();
}

function plainText(xml: string): string {
  return xml.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

/** The same by the lines themselves. */
function sumUp(folded: Buffer): string[] {
  const usByPath = new Map<string, number>();
  for (const line of folded.toString().split('\n').slice(0, -1)) {
    const [stack, us] = line.split(' ');
    const frames = ['all', ...stack!.split(';')];
    for (const i of frames.keys()) {
      const path = frames.slice(0, i + 1).join(';');
      usByPath.set(path, (usByPath.get(path) ?? 0) + Number(us));
    }
  }
  return Array.from(usByPath, ([path, us]) => `${nameInDrawing(path.split(';').at(-1)!)} ${us}`).sort();
}

/** It draws no angle brackets. */
function nameInDrawing(name: string): string {
  return name.replaceAll('<', '(').replaceAll('>', ')');
}

describe('flamegraph.pl draws', { skip }, () => {
  for (const name of GOLDEN) {
    it(`${name} with every frame and its time`, async () => {
      const folded = await exportBytes(openTrace(await importNdjson(goldenPath(`${name}.ndjson`))), 'folded');
      assert.deepEqual(draw(folded), sumUp(folded));
    });
  }

  it('functions whatever they are called', async () => {
    const folded = await exportBytes(openTrace(hostileTrace()), 'folded');
    assert.deepEqual(draw(folded), sumUp(folded));
  });
});
