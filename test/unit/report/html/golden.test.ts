import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { goldenPath, noBrowser, openPage } from './open-page.ts';

/** By hand: what each is known as. */
const DEADLOCKS: Readonly<Record<string, readonly [verdict: string, source: string]>> = {
  'ext4-fault-writeback': ['DEADLOCK', '1540858969-75803-1-git-send-email-bo.liu@linux.alibaba.com'],
  'pcpu-alloc-reclaim': ['DEADLOCK', '20200430164356.15543-1-fdmanana@kernel.org'],
  'netfs-sb-writers-mmap': ['SUSPECTED DEADLOCK', '20210922110420.GA21576@quack2.suse.cz'],
  'shmem-seals-cpu-hotplug': ['DEADLOCK', '20171102093613.3616-2-mhocko@kernel.org'],
  'memcg-irq-nesting': ['DEADLOCK', '20180406080324.160306-1-gthelen@google.com'],
};

describe('the page of a documented deadlock', { skip: noBrowser }, () => {
  for (const [name, [verdict, source]] of Object.entries(DEADLOCKS)) {
    it(`says the verdict, its signature and the source: ${name}`, async () => {
      await using opened = await openPage(goldenPath(name));
      const { page } = opened;
      await page.getByRole('heading', { level: 1, name: new RegExp(`^\\W*${verdict}: `) }).waitFor();
      const said = await page.getByRole('main').textContent();
      assert.ok(said!.includes(`known as${name}: `), said!);
      assert.ok(said!.includes(source), said!);
    });
  }
});

describe('the page of every golden capture', { skip: noBrowser }, () => {
  for (const name of globSync('test/golden/*.ndjson').map((path) => basename(path, '.ndjson'))) {
    it(`begins as the report does: ${name}`, async () => {
      const report = readFileSync(goldenPath(name).replace(/ndjson$/, 'txt'), 'utf8');
      await using opened = await openPage(goldenPath(name));
      const heading = await opened.page.getByRole('heading', { level: 1 }).textContent();
      assert.ok(heading!.replace(/^[^A-Z]/, '').startsWith(firstSentence(report).slice(0, 90)), `${heading}`);
    });
  }
});

/** The lines before the first that is indented or empty. */
function firstSentence(report: string): string {
  const lines = report.split('\n');
  return lines
    .slice(
      0,
      lines.findIndex((line) => /^( |$)/.test(line)),
    )
    .join(' ');
}
