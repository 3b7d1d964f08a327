import type { OnLabProgress } from '../../lab/progress.ts';
import type { Progress } from './progress.ts';

/** Shows what the lab does as steps of a command's progress line. */
export function showLabProgress(progress: Progress): OnLabProgress {
  return (event) => {
    switch (event.type) {
      case 'step-begin':
        progress.step(event.label, event);
        break;
      case 'step-detail':
        progress.detail(event.text);
        break;
      case 'step-end':
        progress.end();
        break;
    }
  };
}
