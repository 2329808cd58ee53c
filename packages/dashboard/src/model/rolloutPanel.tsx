/** Which device runs which version of a sensor type, what it tries, what it refused and why. */
import type { Carrier } from '@fernsight/wire';
import { formatAge, formatMoment } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import {
  type CarrierStanding,
  carrierStanding,
  chosenOf,
  countRollout,
  type Version,
  versionWords,
} from './modelType.ts';
import type { Registry } from './registry.ts';

const WORDS: Readonly<Record<CarrierStanding, { words: string; tone: string }>> = {
  running: { words: 'Runs it', tone: 'good' },
  trying: { words: 'Tries it', tone: 'mark' },
  refused: { words: 'Refused', tone: 'alarm' },
  waiting: { words: 'Waits', tone: '' },
};

export function RolloutPanel({ sensorType, registry }: { sensorType: string; registry: Registry }) {
  const { rollout, activations } = registry;
  if (rollout === undefined) return null;
  const chosen = chosenOf(sensorType, activations);
  const own = rollout.carriers.filter((carrier) => carrier.sensorType === sensorType);
  const count = countRollout(rollout, sensorType, chosen);
  return (
    <section class="panel" aria-labelledby="rollout-title">
      <div class="panel-head">
        <h2 id="rollout-title">Rollout</h2>
        {own.length > 0 && (
          <span class="soft small">
            {count.running} of {own.length} run <code>{versionWords(chosen)}</code>
            {count.trying > 0 && `, ${count.trying} try it`}
            {count.refused > 0 && `, ${count.refused} refused it`}
          </span>
        )}
      </div>
      {own.length === 0 ? (
        <p class="note small soft">
          Nothing was chosen for this sensor type so far: every device judges by what Fernsight
          ships with.
        </p>
      ) : (
        <div class="table-place">
          <table>
            <thead>
              <tr>
                <th scope="col">Where</th>
                <th scope="col">State</th>
                <th scope="col">Runs</th>
                <th scope="col">Trial</th>
                <th scope="col" class="number">
                  Series
                </th>
                <th scope="col">Reported</th>
                <th scope="col">Why not</th>
              </tr>
            </thead>
            <tbody>
              {own.map((carrier) => (
                <CarrierRow key={carrier.agent ?? ''} carrier={carrier} chosen={chosen} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function CarrierRow({ carrier, chosen }: { carrier: Carrier; chosen: Version }) {
  const page = usePage();
  const { agent, running, trial, refused, seriesCount, waitingCount, reportedUs } = carrier;
  const { words, tone } = WORDS[carrierStanding(carrier, chosen)];
  return (
    <tr>
      <th scope="row">{agent ?? 'This server'}</th>
      <td>
        <span class={`chip ${tone}`}>{words}</span>
      </td>
      <td>
        <code>{versionWords(running)}</code>
      </td>
      <td>{trial !== null && <TrialProgress trial={trial} />}</td>
      <td class="number" data-words="series">
        {seriesCount ?? ''}
        {waitingCount !== undefined && waitingCount > 0 && ` (${waitingCount} wait)`}
      </td>
      <td title={formatMoment(reportedUs)}>{formatAge(page.nowUs.value - reportedUs)}</td>
      <td class="why">
        {refused !== null && (
          <>
            <code>{versionWords(refused.hash)}</code>: {refused.reason}
          </>
        )}
      </td>
    </tr>
  );
}

function TrialProgress({ trial }: { trial: NonNullable<Carrier['trial']> }) {
  return (
    <>
      <progress aria-label="Readings of the trial" max={trial.of} value={trial.readings} />{' '}
      <span class="soft">
        {trial.readings} of {trial.of}
      </span>
    </>
  );
}
