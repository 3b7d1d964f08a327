import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXPORT_FORMATS } from '../../../src/export/formats.ts';

describe('the formats of exports', () => {
  it('are told apart by name and by extension', () => {
    const names = EXPORT_FORMATS.map(({ name }) => name);
    const extensions = EXPORT_FORMATS.flatMap((format) => format.extensions);
    assert.equal(new Set(names).size, names.length);
    assert.equal(new Set(extensions).size, extensions.length);
    for (const extension of extensions) {
      assert.match(extension, /^\.[a-z]+$/);
    }
  });

  it('have each a writer, and a line that says what they are for', async () => {
    for (const { description, load, extensions } of EXPORT_FORMATS) {
      assert.ok(description.length > 10 && extensions.length > 0);
      assert.equal(typeof (await load()), 'function');
    }
  });
});
