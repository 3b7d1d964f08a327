import type { ResourcePattern, Signature } from '../../analysis/signature.ts';
import { escapeText } from './escape.ts';
import { layoutTable, wrap, wrapAfter } from './layout.ts';
import { indent, type TextStyle } from './style.ts';
import { nameKind } from './wording.ts';

const LABEL_WIDTH = 10;

/** One line for each signature: id and title. */
export function renderSignatureList(signatures: readonly Signature[], style: TextStyle): string {
  const rows = signatures.map(({ id, title }) => [escapeText(id), escapeText(title)]);
  return layoutTable([{ share: 0.4 }, {}], rows, style.width).join('\n');
}

/** One signature: what happens, who plays which part, which kernels have it, what mends it, where it is documented. */
export function renderSignature(signature: Signature, style: TextStyle): string {
  const { affected, fix, sources } = signature;
  const range = [affected.from && `from ${affected.from}`, affected.until && `before ${affected.until}`];
  const kernels = range.filter((text) => text !== undefined).join(' and ') || 'all';
  const lines = [
    style.palette.bold(`${escapeText(signature.id)}: ${escapeText(signature.title)}`),
    '',
    ...wrap(escapeText(signature.summary), style.width),
    '',
    ...signature.roles.flatMap((role) => [
      ...labelled(role.name, role.description, style.width),
      ...indent(
        labelled('', `holds ${describe(role.holds)}, waits for ${describe(role.waits)}`, style.width - 2),
      ),
    ]),
    '',
    ...labelled(
      'kernels',
      affected.note === undefined ? kernels : `${kernels}. ${affected.note}`,
      style.width,
    ),
    ...(fix === undefined ? [] : labelled('fix', fix, style.width)),
    ...sources.flatMap((source, i) => labelled(i === 0 ? 'source' : '', source, style.width)),
  ];
  return lines.join('\n');
}

function describe({ kind, mode }: ResourcePattern): string {
  return mode === undefined ? nameKind(kind) : `${nameKind(kind)} (${mode})`;
}

function labelled(label: string, text: string, width: number): string[] {
  return wrapAfter(escapeText(label).padEnd(LABEL_WIDTH), escapeText(text), width);
}
