import { beginStep } from './step-times.ts';

/** What goes on while an image is built or a guest boots. Steps do not nest; each begin has its end unless it failed. */
export type LabProgress =
  | {
      readonly type: 'step-begin';
      readonly step: LabStep;
      readonly label: string;
      /** How long the same took the last time on this machine, ms. */
      readonly lastMs?: number | undefined;
    }
  | { readonly type: 'step-detail'; readonly step: LabStep; readonly text: string }
  | { readonly type: 'step-end'; readonly step: LabStep; readonly elapsedMs: number };

export type LabStep = 'wait-for-build' | 'install' | 'file-system' | 'probe-kvm' | 'boot' | 'ssh';

export type OnLabProgress = (event: LabProgress) => void;

/** Reports the begin and end of a step around the work, and remembers how long the same took: the step with its label. */
export async function withStep<T>(
  onProgress: OnLabProgress | undefined,
  step: LabStep,
  label: string,
  work: () => Promise<T>,
): Promise<T> {
  const { lastMs, end } = beginStep(label);
  onProgress?.({ type: 'step-begin', step, label, lastMs });
  const result = await work();
  onProgress?.({ type: 'step-end', step, elapsedMs: end() });
  return result;
}
