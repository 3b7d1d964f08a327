import { readGuide } from '../../../../src/cli/guide/topics.ts';

export interface CodeBlock {
  /** What stands behind the fence: `ts`, `sql`; empty for what a program prints. */
  readonly language: string;
  readonly text: string;
  /** Of its first line in the file, from 1. */
  readonly line: number;
}

const BLOCK = /^```(\w*)\n(.*?)^```$/gms;

export function findCodeBlocks(markdown: string): CodeBlock[] {
  return Array.from(markdown.matchAll(BLOCK), ({ index, 1: language, 2: text }) => ({
    language: language!,
    text: text!,
    line: markdown.slice(0, index).split('\n').length + 1,
  }));
}

/** Each program of a topic in this language, with what the guide says that it prints: the next block, if that has no language. */
export function findPrograms(topic: string, language: string): (CodeBlock & { readonly prints: string })[] {
  const blocks = findCodeBlocks(readGuide(topic));
  return blocks.flatMap((block, i) => {
    const next = blocks[i + 1];
    const prints = next?.language === '' ? next.text : '';
    return block.language === language ? [{ ...block, prints }] : [];
  });
}
