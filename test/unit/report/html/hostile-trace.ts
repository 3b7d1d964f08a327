import type { Signature } from '../../../../analysis/index.ts';
import { addRecord, type Trace, TraceBuilder, type TraceRecord } from '../../../../src/trace/index.ts';

/** What an attacker would call a thread, a file or a module; run or obeyed, each leaves a mark that the tests look for. */
export const PAYLOADS = [
  '</script><script>owned=1</script>',
  '</pre></title><img src=x onerror=owned=1>',
  '<!--<script>',
  ']]></textarea><svg onload=owned=1>',
  '"><iframe srcdoc="<script>parent.owned=1</script>">',
  "' onmouseover='owned=1' x='",
  '&lt;b&gt;&#60;b&#62;',
  'javascript:owned=1',
  '__proto__',
  'constructor',
  '\u202eevird\u2066gnol\u2069 \u200b\ufeff',
  'nul\0bell\u0007esc\u001b[2J\r\nDEADLOCK: none',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is not one, and must not become one
  '${owned=1}{{owned=1}}`owned=1`',
  '\ud800 half \udc00',
  '%3Cscript%3E%00 ?x=#c-1&y',
  '漢字 👩‍👩‍👧 e\u0301\u0301\u0301',
] as const;

const S = 1e9;

/** One deadlock for each name, everything in which is called that; with losses, labels, frames and attachments likewise. */
export function hostileTrace(names: readonly string[] = PAYLOADS): Trace {
  const builder = new TraceBuilder();
  for (const record of names.flatMap(deadlock)) {
    const fault = addRecord(builder, record);
    if (fault !== undefined) {
      throw new Error(`${JSON.stringify(record)}: ${fault}`);
    }
  }
  names.forEach((name, i) => {
    builder.addAttachment({ name: `${name}${i}`, text: `${name}\n\t${name}\n${PAYLOADS.join('\n')}` });
  });
  const all = names.join('');
  return builder.finish({
    target: all,
    hostname: all,
    kernelRelease: all,
    kernelVersion: all,
    scripts: [...names],
    hooks: names.map((name) => ({ hook: name, symbol: undefined, reason: name })),
    endReason: all,
    endNs: 60 * S,
  });
}

function deadlock(name: string, i: number): TraceRecord[] {
  const [a, b] = [2 * i + 1, 2 * i + 2];
  const kind = `mutex ${name}`;
  const stack = [`${name}+0x1/0x2 [${name}]`, name, 'ext4_writepages'];
  const one = { kind, res: `one ${name}`, label: name };
  const other = { kind, res: `other ${name}`, label: `${name} 2` };
  return [
    { type: 'task', ts: 0, tid: a, pid: a, comm: name },
    { type: 'task', ts: 0, tid: b, pid: b, comm: `${name} 2` },
    { type: 'hold_begin', ts: S, tid: a, ...one, stack },
    { type: 'hold_begin', ts: S, tid: b, ...other, stack },
    { type: 'wait_begin', ts: 2 * S, tid: a, ...other, stack },
    { type: 'wait_begin', ts: 3 * S, tid: b, ...one, stack },
    { type: 'loss', ts: 4 * S, count: 1, reason: name },
  ];
}

/** Signatures that match the deadlocks of hostileTrace(), with texts and sources of the same making. */
export function hostileSignatures(names: readonly string[] = PAYLOADS): Signature[] {
  return names.map((name, i) => {
    const pattern = { kind: `mutex ${name}` };
    const role = { description: name, waits: pattern, holds: pattern, frames: [['ext4_writepages']] };
    return {
      id: `hostile-${i}`,
      title: name,
      summary: name,
      roles: [
        { ...role, name },
        { ...role, name: `${name} 2` },
      ],
      sources: [
        name,
        `https://127.0.0.1:9/${name}`,
        `data:text/html,${name}`,
        'javascript:owned=1',
        'file:///etc/passwd',
      ],
      affected: { note: name },
      fix: name,
    };
  });
}
