import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../../../../src/package-root.ts';

const root = packageRoot();

/** Packs the package and puts it into an empty folder as npm would, its dependencies being those of this checkout. */
export function installPackage(folder: string): void {
  run('npm', ['pack', '--pack-destination', folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  run('tar', ['-xzf', tarball], folder);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  renameSync(join(folder, 'package'), join(modules, 'holdwait'));
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
}

/** Runs a program to its end, with the Node that runs this test. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
): { stdout: string; status: number } {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  const PATH = `${dirname(process.execPath)}${delimiter}${env.PATH}`;
  const result = spawnSync(command, args, { cwd, env: { ...env, PATH }, encoding: 'utf8', timeout: 120_000 });
  assert.equal(
    result.status,
    0,
    `${command} ${args.join(' ')}\n${result.error ?? ''}${result.stdout}${result.stderr}`,
  );
  return { stdout: result.stdout, status: result.status };
}
