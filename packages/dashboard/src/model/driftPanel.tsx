/** How far each series has moved from what its model was trained on: the reason to train again. */
import type { Drift } from '@fernsight/wire';
import { may } from '../access/session.ts';
import { LAST_HOUR } from '../device/range.ts';
import { formatAddress } from '../frame/address.ts';
import { formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { DRIFTS_SHOWN } from '../limits.ts';
import { versionWords } from './modelType.ts';
import type { Registry } from './registry.ts';
import { featureWords } from './reportPanel.tsx';

const WORDS: Readonly<Record<Drift['verdict'], { words: string; tone: string }>> = {
  stable: { words: 'Stable', tone: 'good' },
  moving: { words: 'Moving', tone: '' },
  retrain: { words: 'Train again', tone: 'mark' },
};

interface DriftPanelProps {
  readonly sensorType: string;
  readonly registry: Registry;
  readonly hasModel: boolean;
}

export function DriftPanel({ sensorType, registry, hasModel }: DriftPanelProps) {
  const page = usePage();
  if (registry.drifts === undefined) return null;
  const { measuring } = registry;
  const own = registry.drifts.filter((drift) => drift.sensorType === sensorType);
  if (!hasModel && own.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="drift-title">
      <div class="panel-head">
        <h2 id="drift-title">Moved since the training</h2>
        {may(page, 'operator') && (
          <button
            type="button"
            disabled={measuring?.running === true}
            onClick={() => {
              const params = { job: 'drift' };
              void registry.deed.run(() => page.client.call('runJob', { params }));
            }}
          >
            Measure now
          </button>
        )}
      </div>
      {own.length === 0 ? (
        <p class="note small soft">
          {measuring?.lastOutcome === undefined
            ? 'Not measured yet. It is done once a day, against the version that is chosen.'
            : `Last measured ${formatTime(measuring.lastEndUs ?? 0, page.nowUs.peek())}: ${measuring.lastOutcome}.`}
        </p>
      ) : (
        <div class="table-place">
          <table>
            <thead>
              <tr>
                <th scope="col">Device</th>
                <th scope="col">Sensor</th>
                <th scope="col">Verdict</th>
                <th scope="col" class="number">
                  Stability index, limit
                </th>
                <th scope="col">Most of it</th>
                <th scope="col">Against</th>
                <th scope="col">Measured</th>
              </tr>
            </thead>
            <tbody>
              {own.slice(0, DRIFTS_SHOWN).map((drift) => (
                <DriftRow key={`${drift.device}/${drift.sensor}`} drift={drift} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {own.length > DRIFTS_SHOWN && (
        <p class="note small soft">
          The {DRIFTS_SHOWN} that moved most of {own.length}.
        </p>
      )}
    </section>
  );
}

function DriftRow({ drift }: { drift: Drift }) {
  const page = usePage();
  const { device, sensor, verdict, psi, limit, feature, hash, measuredUs } = drift;
  const { words, tone } = WORDS[verdict];
  return (
    <tr title={drift.sentence}>
      <th scope="row">
        <a class="plain-link" href={formatAddress({ page: 'device', device, range: LAST_HOUR })}>
          {device}
        </a>
      </th>
      <td>{sensor}</td>
      <td>
        <span class={`chip ${tone}`}>{words}</span>
      </td>
      <td class="number" data-words="index">
        {psi.toFixed(2)} <span class="soft">of {limit.toFixed(2)}</span>
      </td>
      <td>{featureWords(feature)}</td>
      <td>
        <code>{versionWords(hash)}</code>
      </td>
      <td>{formatTime(measuredUs, page.nowUs.peek())}</td>
    </tr>
  );
}
