// Imported before a program: prints the most memory that it ever had resident, in bytes, as its last line.
import { writeSync } from 'node:fs';

const KIB = 1024;

process.on('exit', () => {
  writeSync(1, `\npeak ${process.resourceUsage().maxRSS * KIB}\n`);
});
