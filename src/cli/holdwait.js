#!/usr/bin/env node
// The package's bin. It has to parse and run on any Node that a machine may have, so that an old one is told what is
// missing instead of failing on the syntax of the program itself.
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { isAbsolute, join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `holdwait: Node 22.18 or newer is needed, this is ${process.versions.node} (${process.execPath})\n` +
      'hint: in a checkout, `npx holdwait` and `npm run -s holdwait --` bring a Node of their own after `npm install`',
  );
  process.exitCode = 2;
} else {
  // Parsing its own sources is most of what a short command does. Not in Node's default folder, where anyone may write.
  const { XDG_CACHE_HOME = '', HOME = '' } = process.env;
  const cache = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(HOME, '.cache');
  if (isAbsolute(cache)) {
    module.enableCompileCache(join(cache, 'holdwait', 'compiled'));
  }
  // A checkout runs its sources; the published package holds only what was compiled from them.
  const source = new URL('./main.ts', import.meta.url);
  const compiled = new URL('../../dist/src/cli/main.js', import.meta.url);
  import(existsSync(source) ? source.href : compiled.href).then((program) => program.main(process.argv));
}
