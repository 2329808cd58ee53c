/** A small plot of one or two lines over numbers, as SVG: the curves of a training report and of a comparison. */
export interface PlotLine {
  /** x ascending */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly tone: 'first' | 'second';
  /** y holds until the next x: a histogram */
  readonly isStep?: boolean;
}

interface PlotProps {
  readonly title: string;
  /** what the lines say, for those who do not see them */
  readonly words: string;
  readonly lines: readonly PlotLine[];
  /** of the x axis; absent: as the lines have it */
  readonly domain?: readonly [number, number];
  readonly xWords?: string;
  /** how a value of the y axis reads; absent: the axis has no numbers */
  readonly formatY?: (value: number) => string;
  /** of the y axis; absent: from 0 to the highest */
  readonly yMax?: number;
}

const WIDTH = 240;
const HEIGHT = 110;

export function Plot(props: PlotProps) {
  const { title, words, lines, xWords, formatY = () => '' } = props;
  const [low, high] = props.domain ?? extent(lines);
  const top = props.yMax ?? Math.max(0, ...lines.flatMap(({ points }) => points.map(([, y]) => y)));
  const x = (value: number) => (high > low ? ((value - low) / (high - low)) * WIDTH : WIDTH / 2);
  const y = (value: number) => HEIGHT - (top > 0 ? (value / top) * HEIGHT : 0);
  return (
    <figure class="plot-figure">
      <figcaption>{title}</figcaption>
      <div class={`plot-frame ${props.formatY ? 'numbered' : ''}`}>
        <span class="plot-y" aria-hidden="true">
          <span>{formatY(top)}</span>
          <span>{formatY(0)}</span>
        </span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: ${words}`}
        >
          <path class="plot-grid" d={`M0 ${HEIGHT / 2}H${WIDTH}M${WIDTH / 2} 0V${HEIGHT}`} />
          {lines.map((line) => (
            <path key={line.tone} class={`plot-line ${line.tone}`} d={pathOf(line, x, y)} />
          ))}
        </svg>
        <span class="plot-x" aria-hidden="true">
          <span>{formatEdge(low)}</span>
          <span>{xWords}</span>
          <span>{formatEdge(high)}</span>
        </span>
      </div>
    </figure>
  );
}

/** Two digits: it is an edge of what is drawn. */
function formatEdge(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function extent(lines: readonly PlotLine[]): readonly [number, number] {
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  return xs.length === 0 ? [0, 1] : [Math.min(...xs), Math.max(...xs)];
}

type Scale = (value: number) => number;

function pathOf({ points, isStep = false }: PlotLine, x: Scale, y: Scale): string {
  const at = (value: number) => value.toFixed(1);
  return points
    .map(([px, py], index) => {
      if (index === 0) return `M${at(x(px))} ${at(y(py))}`;
      return isStep ? `H${at(x(px))}V${at(y(py))}` : `L${at(x(px))} ${at(y(py))}`;
    })
    .join('');
}

/** Which line is which. */
export function PlotLegend({ first, second }: { first: string; second?: string | undefined }) {
  return (
    <ul class="legend">
      <li>
        <span class="plot-key first" /> {first}
      </li>
      {second !== undefined && (
        <li>
          <span class="plot-key second" /> {second}
        </li>
      )}
    </ul>
  );
}
