export interface ViewButtonsProps {
  /** What is shown, in words. */
  readonly range: string;
  readonly rangeId: string;
  readonly onZoomIn: () => void;
  readonly onZoomOut: () => void;
  readonly onFitAll: () => void;
  /** undefined: there is no cycle. */
  readonly onFitWaits: (() => void) | undefined;
  readonly onFitClosing: (() => void) | undefined;
}

export function ViewButtons(props: ViewButtonsProps) {
  const { range, rangeId, onZoomIn, onZoomOut, onFitAll, onFitWaits, onFitClosing } = props;
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
        {onFitWaits && (
          <button type="button" onClick={onFitWaits}>
            The cycle
          </button>
        )}
        {onFitClosing && (
          <button type="button" onClick={onFitClosing}>
            How it closed
          </button>
        )}
      </fieldset>
      <p class="timeline-range" id={rangeId}>
        {range}
      </p>
    </div>
  );
}
