import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { findImports, findViolations } from './architecture/find-violations.ts';

const SOURCES = ['src/**/*.{ts,tsx}', 'analysis/**/*.ts', 'vm/**/*.ts'];

function loadSources() {
  const root = packageRoot();
  return globSync(SOURCES, { cwd: root }).map((path) => ({
    path: path.split(sep).join('/'),
    text: readFileSync(join(root, path), 'utf8'),
  }));
}

describe('the sources', () => {
  const sources = loadSources();

  it('import only what lies below them', () => {
    assert.deepEqual(sources.flatMap(findViolations), []);
  });

  it('are found, with their imports', () => {
    const folders = new Set(sources.map(({ path }) => dirname(path)));
    for (const folder of ['src/trace', 'analysis', 'src/report', 'src/cli']) {
      assert.ok(folders.has(folder), folder);
    }
    const main = sources.find(({ path }) => path === 'src/cli/main.ts')!;
    assert.ok(findImports(main.text).length > 3);
  });

  it('have a README in every folder of src', () => {
    const folders = new Set(sources.map(({ path }) => path.split('/').slice(0, 2).join('/')));
    const missing = [...folders].filter(
      (path) =>
        !path.endsWith('.ts') &&
        path.startsWith('src/') &&
        !existsSync(join(packageRoot(), path, 'README.md')),
    );
    assert.deepEqual(missing, []);
  });
});

const ALLOWED: readonly (readonly [path: string, text: string])[] = [
  ['analysis/a.ts', "import { NONE } from '../src/trace/words.ts';"],
  ['analysis/a.ts', "import type { Edge } from './result.ts';\n// import fs from 'node:fs';"],
  ['analysis/a.ts', "const word = 'console.log(1)'; task.process.pid = word;"],
  ['src/report/a.ts', "import schema from './analysis.schema.json' with { type: 'json' };"],
  ['src/store/a.ts', "import Database from 'better-sqlite3';\nimport { openSync } from 'node:fs';"],
  ['src/bpf/a.ts', "import type { Target } from '../target/target.ts';"],
  ['src/bpf/a.ts', "import { packageRoot } from '../package-root.ts';"],
  ['src/cli/a.ts', "const m = await import('../store/load-capture.ts');\nconsole.log(process.argv);"],
];

const FORBIDDEN: readonly (readonly [path: string, text: string, fault: string])[] = [
  ['src/trace/a.ts', "import { x } from '../../analysis/index.ts';", 'analysis/index.ts'],
  ['analysis/a.ts', "import { x } from '../src/report/format.ts';", 'src/report/format.ts'],
  ['analysis/a.ts', "import type { x } from '../src/store/a.ts';", 'src/store/a.ts'],
  ['analysis/a.ts', "import {\n  readFileSync,\n} from 'node:fs';", 'node:fs'],
  ['analysis/a.ts', "import Database from 'better-sqlite3';", 'better-sqlite3'],
  ['analysis/a.ts', "export * from 'ssh2';", 'ssh2'],
  ['analysis/a.ts', "import 'node:net';", 'node:net'],
  ['analysis/a.ts', "const fs = await import('node:fs');", 'node:fs'],
  ['analysis/a.ts', 'const fs = await import(name);', '(name)'],
  ['analysis/a.ts', 'if (debug) console.log(1);', 'console'],
  ['src/report/a.ts', 'const wide = process.stdout.columns;', 'process'],
  ['src/report/a.ts', "import { main } from '../cli/main.ts';", 'src/cli/main.ts'],
  ['src/store/a.ts', "import { analyzeTrace } from '../../analysis/index.ts';", 'analysis/index.ts'],
  ['src/store/a.ts', "import { openTarget } from '../target/open-target.ts';", 'src/target/open-target.ts'],
  ['src/bpf/a.ts', "import { x } from '../target/target.ts';", 'src/target/target.ts'],
  ['src/bpf/a.ts', "import { x } from '../store/sqlite-sink.ts';", 'src/store/sqlite-sink.ts'],
  ['src/lab/a.ts', "import { x } from '../cli/shared/progress.ts';", 'src/cli/shared/progress.ts'],
  ['src/elsewhere/a.ts', '', 'no layer'],
];

describe('the rules', () => {
  for (const [path, text] of ALLOWED) {
    it(`let ${path} say ${text}`, () => assert.deepEqual(findViolations({ path, text }), []));
  }
  for (const [path, text, fault] of FORBIDDEN) {
    it(`do not let ${path} say ${text}`, () => {
      const violations = findViolations({ path, text });
      assert.equal(violations.length, 1);
      assert.ok(violations[0]!.includes(fault), violations[0]);
    });
  }
});
