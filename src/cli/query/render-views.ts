import { QUERY_EXAMPLES } from '../../query/examples.ts';
import { VIEWS, type View } from '../../query/views.ts';
import { padEnd, wrapAfter } from '../../report/layout.ts';
import type { RowStyle } from '../../report/render-rows.ts';

/** What a capture can be asked: the views with their columns, and examples to begin with. */
export function renderViews(file: string, style: RowStyle): string {
  const views = VIEWS.flatMap((view) => [...renderView(view, style), '']);
  const examples = QUERY_EXAMPLES.flatMap(([question, sql]) => [
    style.palette.dim(`-- ${question}`),
    ...sql.split('\n'),
    '',
  ]);
  return [
    'Views. Times are whole ns; what is not known is NULL.',
    '',
    ...views,
    `Examples, for \`holdwait query ${file} "SQL"\`:`,
    '',
    ...examples,
  ].join('\n');
}

function renderView({ name, description, columns }: View, { width, palette }: RowStyle): readonly string[] {
  const label = Math.max(...columns.map((column) => column.name.length));
  return [
    `${palette.bold(name)}  ${description}`,
    ...columns.flatMap((column) => wrapAfter(`  ${padEnd(column.name, label)}  `, column.meaning, width)),
  ];
}
