import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SIGNATURES, type Signature } from '../../../analysis/index.ts';
import { loadSignatures } from '../../../src/cli/shared/analysis-options.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { HoldwaitError } from '../../../src/trace/index.ts';
import { runCli } from './run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'holdwait-catalog-test-'));
after(() => rmSync(root, { recursive: true }));
const DEADLOCK = join(packageRoot(), 'test/golden/pcpu-alloc-reclaim.ndjson');
const known = SIGNATURES.find(({ id }) => id === 'pcpu-alloc-reclaim')!;

/** A folder with these files: objects as JSON, texts as they are. */
function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(root, 'signatures-'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

function load(folder: string): { signatures: readonly Signature[]; notes: string[] } {
  const notes: string[] = [];
  return { signatures: loadSignatures(folder, (note) => notes.push(note)), notes };
}

describe('holdwait catalog', () => {
  it('lists every signature, variants below what they are variants of', async () => {
    const { status, stdout } = await runCli(['catalog']);
    assert.equal(status, 0);
    for (const { id, variantOf } of SIGNATURES) {
      assert.match(stdout, new RegExp(`^${variantOf === undefined ? '' : '· '}${id} `, 'm'));
    }
  });

  it('explains one: who waits for whom on what, kernels, fix, sources, how to reproduce it', async () => {
    const { status, stdout } = await runCli(['catalog', 'shmem-seals-cpu-hotplug']);
    assert.equal(status, 0);
    for (const text of [
      /^sealer: adds seals under the inode lock/m,
      /holds {5}rwsem inode\.i_rwsem$/m,
      /waits for percpu rwsem cpu_hotplug_lock \(read\), which hotplug holds$/m,
      /^kernels {3}from 4\.13 and before 4\.16/m,
      /^fix {7}9852a7212324/m,
      /^reproduce holdwait repro shmem-seals-cpu-hotplug$/m,
      /^source {4}https:\/\/lore\.kernel\.org\/r\/20171102093613/m,
    ]) {
      assert.match(stdout, text);
    }
  });

  it('says of a role that only stands in a queue that it has nothing yet', async () => {
    const { stdout } = await runCli(['catalog', 'netfs-sb-writers-mmap']);
    assert.match(stdout, /waits for rwsem mm_struct\.mmap_lock \(read\), behind mapper$/m);
    assert.match(stdout, /stands {4}before others at rwsem mm_struct\.mmap_lock, without having it yet$/m);
  });

  it('prints with --json what --signatures reads', async () => {
    const { stdout } = await runCli(['catalog', known.id, '--json']);
    assert.deepEqual(JSON.parse(stdout), known);
    const own = JSON.parse(stdout);
    const folder = folderOf({ 'own.json': { ...own, id: 'house-special' } });
    const listed = await runCli(['catalog', '--json', '--signatures', folder]);
    assert.equal(JSON.parse(listed.stdout).length, SIGNATURES.length + 1);
    const shown = await runCli(['catalog', 'house-special', '--signatures', folder]);
    assert.match(shown.stdout, /^house-special: /);
  });

  it('refuses an id that nobody has', async () => {
    const { status, stderr } = await runCli(['catalog', 'nope']);
    assert.equal(status, 2);
    assert.match(stderr, /no signature has the id nope\nhint: holdwait catalog lists them/);
  });
});

describe('--signatures', () => {
  it('adds to the bundled ones and replaces those of the same id, with a note', () => {
    const folder = folderOf({
      'a.json': { ...known, title: 'mine' },
      'b.json': { ...known, id: 'house-special' },
      'notes.txt': 'no signature',
    });
    const { signatures, notes } = load(folder);
    assert.equal(signatures.length, SIGNATURES.length + 1);
    assert.equal(signatures.find(({ id }) => id === known.id)!.title, 'mine');
    assert.deepEqual(notes, [
      `holdwait: ${join(folder, 'a.json')} replaces the bundled signature ${known.id}`,
    ]);
  });

  it('changes the answer of analyze', async () => {
    const folder = folderOf({ 'a.json': { ...known, id: 'house-special' } });
    const { stdout } = await runCli(['analyze', DEADLOCK, '--json', '--signatures', folder]);
    const ids = JSON.parse(stdout).cycles[0].matches.map(({ id }: { id: string }) => id);
    assert.deepEqual(ids, ['house-special', known.id]);
    const shown = await runCli(['show', DEADLOCK, 'c-1', '--signatures', folder]);
    assert.match(shown.stdout, /known as {2}house-special/);
  });

  const [committer, allocator] = known.roles;
  const broken: readonly (readonly [what: string, files: Record<string, unknown>, message: RegExp])[] = [
    ['that is not JSON', { 'x.json': '{"id": "x"' }, /x\.json is not JSON: /],
    ['that is no object', { 'x.json': [] }, /x\.json: \$ must be an object/],
    [
      'with a lock name that is no list',
      {
        'x.json': {
          ...known,
          roles: [{ ...committer, waits: { kind: 'mutex', name: 'pcpu_alloc_mutex' } }, allocator],
        },
      },
      /x\.json: \$\.roles\[0\]\.waits\.name must be a list, found "pcpu_alloc_mutex"/,
    ],
    [
      'with an empty list of names',
      { 'x.json': { ...known, roles: [{ ...committer, waits: { kind: 'mutex', name: [] } }, allocator] } },
      /x\.json: \$\.roles\[0\]\.waits\.name must be a list of one text at least/,
    ],
    [
      'with a scenario that is no id',
      { 'x.json': { ...known, scenario: 'My one' } },
      /x\.json: \$\.scenario must be/,
    ],
    [
      'with an unknown field',
      { 'x.json': { ...known, scenarios: [] } },
      /x\.json: \$\.scenarios must be one of/,
    ],
    [
      'with the id of another of the folder',
      { 'a.json': { ...known, id: 'mine' }, 'x.json': { ...known, id: 'mine' } },
      /x\.json: \$\.id must be one of its own, .*a\.json has "mine" too/,
    ],
  ];
  for (const [what, files, message] of broken) {
    it(`refuses a file ${what}, by file and place`, () => {
      assert.throws(
        () => load(folderOf(files)),
        (error) =>
          error instanceof HoldwaitError &&
          error.code === 'SIGNATURE_INVALID' &&
          error.category === 'input' &&
          message.test(error.message) &&
          error.hint !== undefined,
      );
    });
  }

  it('refuses a folder without signatures, a missing one and a file, with a hint', async () => {
    const cases: readonly (readonly [folder: string, message: RegExp])[] = [
      [folderOf({ 'notes.txt': '' }), /has no signature: no file ends in \.json\nhint: /],
      [join(root, 'missing'), /missing does not exist\nhint: --signatures takes a folder/],
      [DEADLOCK, /pcpu-alloc-reclaim\.ndjson .*not a directory\nhint: --signatures takes a folder/],
    ];
    for (const [folder, message] of cases) {
      const { status, stderr } = await runCli(['analyze', DEADLOCK, '--signatures', folder]);
      assert.equal(status, 2);
      assert.match(stderr, message);
    }
  });
});
