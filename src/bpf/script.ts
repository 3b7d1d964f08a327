import { HoldwaitError } from '../trace/error.ts';
import { isBelow } from './kernel-version.ts';

/** A bundled bpftrace script, taken apart so that it can be fitted to a kernel and joined with others. */
export interface Script {
  readonly name: string;
  /** First sentence of the header. */
  readonly title: string;
  readonly blocks: readonly ScriptBlock[];
  /** What stands in for it on kernels before some version, oldest kernels first; none unless it was loaded with them. */
  readonly variants?: readonly ScriptVariant[];
}

/** `NAME-pre-X.Y.bt`: stands in for NAME on kernels before X.Y. */
export interface ScriptVariant {
  readonly before: readonly [major: number, minor: number];
  readonly script: Script;
}

/** One probe with its comment, attach points, predicate and body. */
export interface ScriptBlock {
  readonly attachPoints: readonly AttachPoint[];
  /** May be left out where the kernel has none of its functions. */
  readonly optional: boolean;
  /** Walks a map with `for`, which kernels before 5.13 cannot. */
  readonly walksMap: boolean;
  /** Everything but the attach point line. */
  readonly comment: string;
  readonly body: string;
}

export interface AttachPoint {
  /** `fentry`, `fexit`, `kprobe`, `interval`, … */
  readonly type: string;
  /** Function names that serve, best first; for other probe types the one argument as it stands. */
  readonly names: readonly string[];
}

/** The script that is to run on a kernel: itself, or what stands in for it there. */
export function scriptForKernel(script: Script, release: string): Script {
  const isBefore = ({ before }: ScriptVariant): boolean => isBelow(release, ...before);
  return script.variants?.find(isBefore)?.script ?? script;
}

const KERNEL_FUNCTION_PROBES = new Set(['fentry', 'fexit', 'kprobe', 'kretprobe']);

/** True for a probe that must name a function of the running kernel. */
export function namesKernelFunction(point: AttachPoint): boolean {
  return KERNEL_FUNCTION_PROBES.has(point.type) && !point.names.some((name) => name.includes('*'));
}

/**
 * Parses a script by the layout the bundled ones keep: a header comment, one `config` line, then probes whose attach
 * points stand alone on a line and whose body ends with a brace in the first column. Behind the attach points a comment
 * may say `or NAME` (the function's name on other kernels) and `optional`.
 */
export function parseScript(name: string, text: string): Script {
  const blocks: ScriptBlock[] = [];
  let comment: string[] = [];
  const lines = withoutHeader(text).split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (!isProbeLine(line)) {
      comment = line === '' || line.startsWith('config ') ? [] : [...comment, line];
      continue;
    }
    const end = lines.indexOf('}', i);
    if (end < 0) {
      throw new HoldwaitError(
        'usage',
        'SCRIPT_UNREADABLE',
        `${name}.bt: the probe of line "${line}" has no end`,
        {
          hint: 'Its closing brace stands alone at the begin of a line; bpf-scripts/README.md has the rules.',
        },
      );
    }
    blocks.push(parseBlock(line, lines.slice(i + 1, end + 1).join('\n'), comment.join('\n')));
    comment = [];
    i = end;
  }
  return { name, title: headerTitle(name, text), blocks };
}

function parseBlock(line: string, body: string, comment: string): ScriptBlock {
  const [points = '', note = ''] = line.split('//');
  const others = [...note.matchAll(/\bor (\w+)/g)].map((match) => match[1]!);
  const attachPoints = points.split(',').map((point) => {
    const [type = '', ...rest] = point.trim().split(':');
    return { type, names: [rest.join(':'), ...others] };
  });
  return {
    attachPoints,
    optional: /\boptional\b/.test(note),
    walksMap: /\bfor \(\$/.test(body),
    comment,
    body,
  };
}

function isProbeLine(line: string): boolean {
  return /^(BEGIN|END|(fentry|fexit|kprobe|kretprobe|tracepoint|rawtracepoint|interval):)/.test(line);
}

function withoutHeader(text: string): string {
  return text.replace(/^#!.*\n/, '').replace(/^\/\*[\s\S]*?\*\/\n/, '');
}

function headerTitle(name: string, text: string): string {
  const title = new RegExp(`^ \\* ${name}\\s+(.*)$`, 'm').exec(text)?.[1];
  return title ?? name;
}
