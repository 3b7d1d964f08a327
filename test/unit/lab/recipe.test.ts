import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { vmFolder } from '../../../src/lab/image.ts';
import { KERNELS } from '../../../src/lab/kernels.ts';
import { hashRecipe, listRecipeFiles, readPackageList } from '../../../src/lab/recipe.ts';

test('the hash follows what goes into an image', (t) => {
  const vm = copyRecipe(t);
  const before = hashRecipe('6.1', vm);
  assert.match(before, /^[0-9a-f]{16}$/);
  assert.equal(hashRecipe('6.1', vm), before);
  const changes = ['image/init', 'image/packages.txt', 'modules/new/Kbuild', 'scenarios/new/driver.c'];
  const hashes = changes.map((path) => {
    cpSync(join(vm, 'image/README.md'), join(vm, path), { force: true });
    return hashRecipe('6.1', vm);
  });
  assert.equal(new Set([before, ...hashes]).size, changes.length + 1);
});

test('each kernel has an image of its own', () => {
  assert.equal(new Set(KERNELS.map((kernel) => hashRecipe(kernel, vmFolder()))).size, KERNELS.length);
});

test('documentation, scenario descriptions and build products change nothing', (t) => {
  const vm = copyRecipe(t);
  const before = hashRecipe('6.1', vm);
  for (const path of [
    'image/README.md',
    'image/a.o',
    'image/.swp',
    'scenarios/scenario.ts',
    'modules/x.ko',
  ]) {
    writeFileSync(join(vm, path), 'changed');
  }
  assert.equal(hashRecipe('6.1', vm), before);
});

test('the recipe has the files an image cannot do without', () => {
  const files = listRecipeFiles(vmFolder());
  for (const path of ['image/init', 'image/customize.sh', 'image/initrd.c', 'image/packages.txt']) {
    assert.ok(files.includes(path), path);
  }
  const packages = readPackageList(join(vmFolder(), 'image/packages.txt'));
  assert.ok(packages.includes('bpftrace'));
  assert.ok(packages.every((name) => /^[a-z0-9][a-z0-9.+-]+$/.test(name)));
});

function copyRecipe(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-recipe-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(vmFolder(), folder, { recursive: true });
  return folder;
}
