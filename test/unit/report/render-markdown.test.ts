import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displayWidth } from '../../../src/report/layout.ts';
import { ANSI_COLOURS, NO_COLOURS } from '../../../src/report/palette.ts';
import { renderMarkdown } from '../../../src/report/render-markdown.ts';

const TEXT = `# A title

A paragraph that is longer than a line of forty columns, with
a [file of ours](../a.md) and [a page](https://example.org/a).

- an item that is longer than a line and goes on below
  the first one
- **bold** words and a bit more, then \`some code -- x\`

10. ten

| a | what it is |
| --- | --- |
| \`x\` | the first of all letters that are not used here |

\`\`\`sh
# no heading, and a line that is kept although it is longer than forty columns

- no item
\`\`\`
After it.
`;

describe('renderMarkdown', () => {
  it('lays out what the guide is written in, and keeps code as it is', () => {
    assert.equal(
      renderMarkdown(TEXT, { width: 40, palette: NO_COLOURS }),
      `A title
=======

A paragraph that is longer than a line
of forty columns, with a file of ours
and a page <https://example.org/a>.

- an item that is longer than a line and
  goes on below the first one
- bold words and a bit more, then
  \`some code -- x\`

10. ten

  a    what it is
  \`x\`  the first of all letters that are
       not used here

    # no heading, and a line that is kept although it is longer than forty columns

    - no item

After it.
`,
    );
  });

  it('makes headings bold instead of underlining them where there are colours, and nothing else', () => {
    const plain = renderMarkdown(TEXT, { width: 40, palette: NO_COLOURS });
    const bold = renderMarkdown(TEXT, { width: 40, palette: ANSI_COLOURS });
    assert.equal(bold, plain.replace('A title\n=======\n', '\x1b[1mA title\x1b[22m\n'));
  });

  it('leaves a table without names of columns without its first line', () => {
    const table = '| | |\n| --- | --- |\n| a | b |\n';
    assert.equal(renderMarkdown(table, { width: 40, palette: NO_COLOURS }), '  a  b\n');
  });

  it('breaks no line of prose later than asked', () => {
    for (const width of [30, 60, 77, 120]) {
      const prose = renderMarkdown(TEXT, { width, palette: NO_COLOURS }).replace(/^ {4}[#-].*$/gm, '');
      assert.ok(
        prose.split('\n').every((line) => displayWidth(line) <= width),
        String(width),
      );
    }
  });
});
