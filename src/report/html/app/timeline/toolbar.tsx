export interface ToolbarProps {
  /** What is shown, in words. */
  readonly range: string;
  readonly rangeId: string;
  readonly onZoomIn: () => void;
  readonly onZoomOut: () => void;
  readonly onFitAll: () => void;
  /** undefined: there is no cycle. */
  readonly onFitCycles: (() => void) | undefined;
}

export function Toolbar({ range, rangeId, onZoomIn, onZoomOut, onFitAll, onFitCycles }: ToolbarProps) {
  return (
    <div class="timeline-bar">
      <fieldset class="timeline-buttons" aria-label="What the timeline shows">
        <button type="button" onClick={onZoomIn}>
          Zoom in
        </button>
        <button type="button" onClick={onZoomOut}>
          Zoom out
        </button>
        <button type="button" onClick={onFitAll}>
          Whole capture
        </button>
        {onFitCycles && (
          <button type="button" onClick={onFitCycles}>
            The cycle
          </button>
        )}
      </fieldset>
      <p class="timeline-range" id={rangeId}>
        {range}
      </p>
    </div>
  );
}
