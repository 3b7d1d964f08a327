import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_SCRIPTS, listBundledScripts, loadScripts } from '../../../src/bpf/bundled.ts';
import { composeProgram } from '../../../src/bpf/compose.ts';
import { listScriptFunctions } from '../../../src/bpf/diagnose.ts';
import { parseScript } from '../../../src/bpf/script.ts';
import { HoldwaitError } from '../../../src/trace/index.ts';

const OPTIONS = { thresholdMs: 10, mapKeys: 1000 };

function traceableWithout(...missing: string[]): ReadonlySet<string> {
  return new Set(listScriptFunctions(loadScripts(['all'])).filter((name) => !missing.includes(name)));
}

function compose(release: string, traceable: ReadonlySet<string>, options = OPTIONS) {
  return composeProgram(loadScripts(['default']), { release, traceable }, options);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof HoldwaitError, String(error));
    return error.code;
  }
  return 'none';
}

describe('bundled scripts', () => {
  it('have the header of a man page and the bodies the parser expects', () => {
    for (const script of loadScripts(listBundledScripts())) {
      assert.notEqual(script.title, script.name, `${script.name} has no title line`);
      assert.ok(script.blocks.length > 0, script.name);
      for (const block of script.blocks) {
        const open = block.body.split('{').length;
        assert.equal(
          open,
          block.body.split('}').length,
          `${script.name}: braces of ${block.attachPoints[0]?.names}`,
        );
      }
    }
  });

  it('put the clock first, once, whatever is asked for', () => {
    assert.deepEqual(
      loadScripts(['reclaim', 'clock', 'reclaim']).map(({ name }) => name),
      ['clock', 'reclaim'],
    );
    assert.deepEqual(
      loadScripts(['default']).map(({ name }) => name),
      ['clock', ...DEFAULT_SCRIPTS],
    );
  });

  it('do not offer what stands in for a script, but have its header and functions', () => {
    assert.ok(!listBundledScripts().some((name) => name.includes('-pre-')));
    assert.equal(
      codeOf(() => loadScripts(['folio-lock-pre-5.16'])),
      'SCRIPT_UNKNOWN',
    );
    const scripts = loadScripts(['folio-lock', 'folio-writeback']);
    for (const variant of scripts.flatMap(({ variants }) => variants ?? [])) {
      assert.notEqual(variant.script.title, variant.script.name);
      assert.deepEqual(variant.before, [5, 16]);
    }
    const functions = listScriptFunctions(scripts);
    assert.ok(functions.includes('__lock_page') && functions.includes('__folio_lock'));
  });

  it('name the choices when one is unknown', () => {
    assert.equal(
      codeOf(() => loadScripts(['folio'])),
      'SCRIPT_UNKNOWN',
    );
  });
});

describe('composeProgram', () => {
  it('joins scripts under one config with threshold and map size filled in', () => {
    const { text, scripts, probeCount } = compose('6.1.0', traceableWithout());
    assert.equal(text.match(/^config = /gm)?.length, 1);
    assert.match(text, /max_map_keys = 1000;/);
    assert.match(text, /\(uint64\)10 \* 1000000/);
    assert.doesNotMatch(text, /\$1/);
    assert.equal(text.match(/^BEGIN$/gm)?.length, 1);
    assert.equal(scripts.length, DEFAULT_SCRIPTS.length + 1);
    assert.ok(probeCount > 20);
  });

  it('takes the name a function has on the target', () => {
    const { text, hooks } = compose('6.12.1', traceableWithout('pcpu_alloc'));
    assert.match(text, /^fentry:pcpu_alloc_noprof$/m);
    assert.doesNotMatch(text, /^f(entry|exit):pcpu_alloc$/m);
    assert.equal(hooks.find(({ hook }) => hook === 'pcpu_alloc')?.symbol, 'pcpu_alloc_noprof');
  });

  it('leaves out what is optional and missing, and says so', () => {
    const { text, hooks } = compose('6.1.0', traceableWithout('do_page_mkwrite'));
    assert.doesNotMatch(text, /do_page_mkwrite$/m);
    const hook = hooks.find(({ hook }) => hook === 'do_page_mkwrite');
    assert.equal(hook?.symbol, undefined);
    assert.match(hook?.reason ?? '', /do_page_mkwrite: not traceable on 6\.1\.0/);
  });

  it('drops one attach point of a block and keeps the other', () => {
    const { text } = compose('6.1.0', traceableWithout('__folio_lock_killable'));
    assert.match(text, /^fentry:__folio_lock$/m);
  });

  it('refuses when a function that cannot be done without is missing', () => {
    assert.equal(
      codeOf(() => compose('6.1.0', traceableWithout('folio_unlock'))),
      'HOOK_MISSING',
    );
  });

  it('records every wait on kernels that cannot walk maps, and refuses a threshold there', () => {
    assert.equal(
      codeOf(() => compose('5.10.0-30-amd64', traceableWithout())),
      'KERNEL_NEEDS_EXACT_MODE',
    );
    const { text } = compose('5.10.0-30-amd64', traceableWithout(), { ...OPTIONS, thresholdMs: 0 });
    assert.doesNotMatch(text, /for \(\$/);
    assert.match(text, /^fentry:wait_on_page_writeback$/m);
    assert.match(text, /^interval:ms:200$/m);
  });

  it('puts in the stand-ins for kernels before some version, and only there', () => {
    const names = (release: string) =>
      compose(release, traceableWithout(), { ...OPTIONS, thresholdMs: 0 }).scripts.filter((name) =>
        name.startsWith('folio'),
      );
    const standIns = ['folio-lock-pre-5.16', 'folio-writeback-pre-5.16'];
    assert.deepEqual(names('5.10.0-46-amd64'), standIns);
    assert.deepEqual(names('5.15.0-generic'), standIns);
    for (const release of ['5.16.0', '6.1.0', '10.0', 'unreadable']) {
      assert.deepEqual(names(release).includes(standIns[0]!), false, release);
    }
    assert.deepEqual(
      composeProgram(
        loadScripts(['folio-lock']),
        { release: '5.10', traceable: undefined },
        { ...OPTIONS, thresholdMs: 0 },
      ).scripts,
      ['clock', 'folio-lock-pre-5.16'],
    );
  });

  for (const release of ['5.10.0', '5.14.0', '6.1.0', '6.12.0']) {
    it(`leaves no script with a map that nothing on ${release} puts anything into`, () => {
      for (const name of listBundledScripts()) {
        const { text } = composeProgram(
          loadScripts([name]),
          { release, traceable: undefined },
          { ...OPTIONS, thresholdMs: 0 },
        );
        const assigned = /@(\w+)(?:\[[^\]]*(?:\[[^\]]*\][^\]]*)*\])?\s*=[^=]/g;
        const filled = new Set(Array.from(text.matchAll(assigned), ([, map]) => map));
        const named = Array.from(text.matchAll(/@(\w+)/g), ([, map]) => map);
        assert.deepEqual(
          named.filter((map) => !filled.has(map)),
          [],
          name,
        );
      }
    });
  }

  it('takes names on trust where the list of functions cannot be read', () => {
    const { hooks } = composeProgram(
      loadScripts(['default']),
      { release: '6.1.0', traceable: undefined },
      OPTIONS,
    );
    assert.ok(hooks.every(({ hook, symbol }) => hook === symbol));
  });
});

describe('parseScript', () => {
  it('reads alternatives, optional marks, comments and predicates', () => {
    const script = parseScript(
      'x',
      '#!/usr/bin/env bpftrace\n/*\n * x  Does this.\n */\nconfig = { a = 1 }\n\n// why\nfentry:a, fexit:b  // or c, optional\n/ tid /\n{\n  @x = 1;\n}\n',
    );
    assert.equal(script.title, 'Does this.');
    const [block] = script.blocks;
    assert.deepEqual(block?.attachPoints, [
      { type: 'fentry', names: ['a', 'c'] },
      { type: 'fexit', names: ['b', 'c'] },
    ]);
    assert.equal(block?.optional, true);
    assert.equal(block?.comment, '// why');
    assert.equal(block?.body, '/ tid /\n{\n  @x = 1;\n}');
  });

  it('names the probe that has no end', () => {
    assert.equal(
      codeOf(() => parseScript('x', 'fentry:a\n{\n')),
      'SCRIPT_UNREADABLE',
    );
  });
});
