import type { ResourcePattern, Signature, SignatureRole } from '../../analysis/signature.ts';
import { escapeText } from './escape.ts';
import { layoutTable, wrap, wrapAfter } from './layout.ts';
import { indent, type TextStyle } from './style.ts';
import { citeSource, nameKind } from './wording.ts';

const LABEL_WIDTH = 10;

/** One line for each signature: id and title; under it, indented, its variants. */
export function renderSignatureList(signatures: readonly Signature[], style: TextStyle): string {
  const ids = new Set(signatures.map(({ id }) => id));
  const isUnder = ({ variantOf }: Signature): boolean => variantOf !== undefined && ids.has(variantOf);
  const variants = Map.groupBy(signatures.filter(isUnder), ({ variantOf }) => variantOf);
  const rows = signatures
    .filter((signature) => !isUnder(signature))
    .flatMap((signature) => [
      [escapeText(signature.id), escapeText(signature.title)],
      ...(variants.get(signature.id) ?? []).map(({ id, title }) => [
        `· ${escapeText(id)}`,
        escapeText(title),
      ]),
    ]);
  return layoutTable([{ share: 0.4 }, {}], rows, style.width).join('\n');
}

/**
 * One signature: what happens, who waits for whom on what, which kernels have it, what mends it, how to make it happen,
 * where it is documented.
 */
export function renderSignature(signature: Signature, style: TextStyle): string {
  const { affected, fix, sources, roles, variantOf, scenario } = signature;
  const { width } = style;
  const range = [affected.from && `from ${affected.from}`, affected.until && `before ${affected.until}`];
  const kernels = range.filter((text) => text !== undefined).join(' and ') || 'all';
  const lines = [
    ...wrap(`${escapeText(signature.id)}: ${escapeText(signature.title)}`, width).map(style.palette.bold),
    '',
    ...wrap(escapeText(signature.summary), width),
    '',
    ...roles.flatMap((role, i) => [
      ...wrapAfter('', `${escapeText(role.name)}: ${escapeText(role.description)}`, width),
      ...indent(describeRole(role, roles[(i + 1) % roles.length]!, width - 2)),
    ]),
    '',
    ...labelled('kernels', affected.note === undefined ? kernels : `${kernels}. ${affected.note}`, width),
    ...(fix === undefined ? [] : labelled('fix', fix, width)),
    ...(variantOf === undefined ? [] : labelled('variant', `of ${variantOf}`, width)),
    ...(scenario === undefined ? [] : labelled('reproduce', `holdwait repro ${scenario}`, width)),
    // An address broken in two cannot be copied.
    ...sources.map(
      (source, i) => (i === 0 ? 'source' : '').padEnd(LABEL_WIDTH) + escapeText(citeSource(source)),
    ),
  ];
  return lines.join('\n');
}

function describeRole(role: SignatureRole, next: SignatureRole, width: number): string[] {
  const name = escapeText(next.name);
  const isAlone = next === role;
  const holder = isAhead(next) ? `behind ${name}` : `which ${name} holds`;
  return [
    ...(isAhead(role) && !isAlone
      ? labelled('stands', `before others at ${describe(role.holds)}, without having it yet`, width)
      : labelled('holds', describe(role.holds), width)),
    ...labelled('waits for', `${describe(role.waits)}, ${isAlone ? 'which it holds itself' : holder}`, width),
  ];
}

/** A role in a larger cycle that waits for what it keeps from others: it is before them in the queue. */
function isAhead({ waits, holds }: SignatureRole): boolean {
  return waits.kind === holds.kind && waits.name?.[0] === holds.name?.[0];
}

function describe({ kind, mode, name }: ResourcePattern): string {
  const named = name === undefined ? '' : ` ${name[0]}`;
  return nameKind(kind) + named + (mode === undefined ? '' : ` (${mode})`);
}

function labelled(label: string, text: string, width: number): string[] {
  return wrapAfter(escapeText(label).padEnd(LABEL_WIDTH), escapeText(text), width);
}
