import { captureFacts } from '../../../render-capture.ts';
import type { PageData } from '../../page-data.ts';
import { usePage } from '../page-context.ts';

/** Where the answer comes from, in a line; all that the capture says of itself, folded away. */
export function CaptureFacts() {
  const { data, analysis } = usePage().model;
  return (
    <details class="capture">
      <summary>
        Capture <span class="code">{data.file}</span>: {captureFacts(analysis).join(', ')}
      </summary>
      <dl class="facts">
        {listFacts(data).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function listFacts({ analysis: { capture }, program, createdAt }: PageData): [name: string, value: string][] {
  const facts: [string, string | undefined][] = [
    ['host', capture.hostname],
    ['kernel', [capture.kernelRelease, capture.kernelVersion, capture.machine].filter(Boolean).join(' ')],
    ['boot id', capture.bootId],
    ['started', capture.startedAt],
    ['clock', capture.clock],
    ['scripts', capture.scripts?.join(', ')],
    ['captured by', tools(capture)],
    ['page made by', `${program}, ${createdAt}`],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '');
}

function tools({ holdwaitVersion, bpftraceVersion }: PageData['analysis']['capture']): string {
  return [holdwaitVersion && `holdwait ${holdwaitVersion}`, bpftraceVersion && `bpftrace ${bpftraceVersion}`]
    .filter(Boolean)
    .join(', ');
}
