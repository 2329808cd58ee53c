/** The stretch of time on screen: choices that end now, and steps back, forth, in and out. */
import { formatMoment } from '../frame/format.ts';
import { Segments } from '../frame/segments.tsx';
import { pan, type Range, SPANS, zoom } from './range.ts';

interface RangeBarProps {
  readonly range: Range;
  readonly nowUs: number;
  readonly onRange: (range: Range) => void;
}

export function RangeBar({ range, nowUs, onRange }: RangeBarProps) {
  const span = range.kind === 'live' ? SPANS.find(({ us }) => us === range.spanUs) : undefined;
  return (
    <div class="range-bar controls">
      <Segments
        label="Up to now"
        choices={SPANS.map(({ name }) => ({ value: name, words: name }))}
        chosen={span?.name}
        onChoose={(name) => {
          const chosen = SPANS.find((candidate) => candidate.name === name);
          if (chosen !== undefined) onRange({ kind: 'live', spanUs: chosen.us });
        }}
      />
      <span class="segments">
        <Step
          words="Earlier"
          path="M14.5 5.5 8 12l6.5 6.5"
          onStep={() => onRange(pan(range, -0.5, nowUs))}
        />
        <Step
          words="Later"
          path="M9.5 5.5 16 12l-6.5 6.5"
          onStep={() => onRange(pan(range, 0.5, nowUs))}
        />
        <Step
          words="Zoom in"
          path="M12 5.5v13M5.5 12h13"
          onStep={() => onRange(zoom(range, 0.5, nowUs))}
        />
        <Step words="Zoom out" path="M5.5 12h13" onStep={() => onRange(zoom(range, 2, nowUs))} />
      </span>
      <span class="soft small">
        {range.kind === 'live'
          ? 'up to now; drag over a chart to zoom'
          : `${formatMoment(range.fromUs)} to ${formatMoment(range.toUs)}`}
      </span>
    </div>
  );
}

function Step({ words, path, onStep }: { words: string; path: string; onStep: () => void }) {
  return (
    <button type="button" title={words} aria-label={words} onClick={onStep}>
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        <path d={path} fill="none" stroke="currentColor" stroke-width="1.8" />
      </svg>
    </button>
  );
}
