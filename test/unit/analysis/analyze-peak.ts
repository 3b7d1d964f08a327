/** `node analyze-peak.ts FILE` analyses a capture and prints what that took: `{"events": …, "cycles": …, "peakKiB": …}`. */
import { analyzeSource } from '../../../analysis/analyze-source.ts';
import { openSource } from '../../../src/store/index.ts';

const source = await openSource(process.argv[2]!);
const { capture, cycles } = await analyzeSource(source, {}, undefined, { windowEvents: 2 ** 16 });
const peakKiB = process.resourceUsage().maxRSS;
console.log(JSON.stringify({ events: capture.events, cycles: cycles.length, peakKiB }));
