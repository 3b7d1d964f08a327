import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root.ts';

/** What is printed where no topic is named: the short manual, which lists them. */
const MANUAL = 'guide';

/** The Markdown files beside this one, in a checkout and when installed. */
const folder = () => join(packageRoot(), 'src/cli/guide');

/** Names of the topics of the guide, each a file NAME.md. */
export function guideTopics(): string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.md') && file !== 'README.md' && file !== `${MANUAL}.md`)
    .map((file) => file.slice(0, -'.md'.length))
    .sort();
}

/** @param topic one of guideTopics(); the short manual unless given */
export function readGuide(topic: string = MANUAL): string {
  return readFileSync(join(folder(), `${topic}.md`), 'utf8');
}
