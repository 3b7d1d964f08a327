import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ENVIRONMENT } from '../../../../src/cli/shared/environment.ts';
import { packageRoot } from '../../../../src/package-root.ts';

/** What every program goes by. */
const COMMON = ['HOME', 'PATH', 'TERM', 'DISPLAY', 'WAYLAND_DISPLAY', 'SSH_CONNECTION'];
const NAMED = new Set([...COMMON, ...ENVIRONMENT.map(([name]) => name)]);

/** Names that a source reads: `env.NAME`, and `{ NAME, OTHER: other } = env`. */
function findVariables(text: string): string[] {
  const members = [...text.matchAll(/\benv\.([A-Z][A-Z_]+)/g)].map(([, name]) => name!);
  const taken = [...text.matchAll(/\{([^{}]*)\}(?: = (?:process\.)?env\b|: Environment\))/g)];
  return [...members, ...taken.flatMap(([, names]) => names!.match(/\b[A-Z][A-Z_]{2,}\b/g) ?? [])];
}

describe('the list of environment variables', () => {
  const sources = globSync('src/**/*.{ts,js}', { cwd: packageRoot() });
  const read = new Set(
    sources.flatMap((path) => findVariables(readFileSync(join(packageRoot(), path), 'utf8'))),
  );

  it('names every variable that a source reads', () => {
    assert.ok(read.has('NO_COLOR') && read.has('HOLDWAIT_CONFIG') && read.has('SSH_CONNECTION'));
    assert.deepEqual(
      [...read].filter((name) => !NAMED.has(name)),
      [],
    );
  });

  it('names no other', () => {
    assert.deepEqual(
      ENVIRONMENT.map(([name]) => name).filter((name) => !read.has(name)),
      [],
    );
  });
});
