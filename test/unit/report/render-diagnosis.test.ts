import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_COLOURS } from '../../../src/report/palette.ts';
import { renderDiagnosis } from '../../../src/report/render-diagnosis.ts';

test('what the doctor says fits the width, each finding in its column', () => {
  const diagnosis = {
    works: false,
    findings: [
      { name: 'kernel', state: 'ok', text: '6.1.0 on x86_64' },
      {
        name: 'tracefs',
        state: 'warning',
        text: 'the list of functions cannot be read',
        hint: 'On the target: `mount -t tracefs tracefs /sys/kernel/tracing`.',
      },
    ],
    hooks: [],
  } as const;
  assert.deepEqual(
    renderDiagnosis('db1', diagnosis, { width: 60, palette: NO_COLOURS, fullStacks: false }).split('\n'),
    [
      'db1 cannot be captured as it is.',
      '',
      '  ok        kernel      6.1.0 on x86_64',
      '  WARNING   tracefs     the list of functions cannot be read',
      '                        On the target: `mount -t tracefs',
      '                        tracefs /sys/kernel/tracing`.',
    ],
  );
});
