import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageManifest } from './image.ts';

type Facts = Pick<
  ImageManifest,
  'kernelRelease' | 'compiler' | 'bpftrace' | 'memoryCgroupV1' | 'modules' | 'packages'
>;

/** Reads what vm/image/customize.sh recorded: files of lines, each a name, a blank and a value. */
export function readImageFacts(folder: string): Facts {
  const facts = readPairs(join(folder, 'facts.txt'));
  return {
    kernelRelease: facts.release ?? '',
    compiler: facts.compiler ?? '',
    bpftrace: facts.bpftrace ?? '',
    memoryCgroupV1: facts['memory-cgroup-v1'] === 'yes',
    modules: readPairs(join(folder, 'modules.txt')) as ImageManifest['modules'],
    packages: readPairs(join(folder, 'packages.txt')),
  };
}

function readPairs(path: string): Record<string, string> {
  const pairs = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes(' '))
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
  return Object.fromEntries(pairs);
}
