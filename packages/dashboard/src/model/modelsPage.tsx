/** Models by sensor type: versions, how they were trained, who runs them, how two compare, what has moved since. */
import type { Model } from '@fernsight/wire';
import { may } from '../access/session.ts';
import { formatAddress } from '../frame/address.ts';
import { usePage } from '../frame/page.ts';
import { ComparePanel } from './comparePanel.tsx';
import { DriftPanel } from './driftPanel.tsx';
import { KeyPanel } from './keyPanel.tsx';
import { chosenOf, retrainCount, sensorTypes, versionWords } from './modelType.ts';
import { type Registry, useRegistry } from './registry.ts';
import { ReportPanel } from './reportPanel.tsx';
import { RolloutPanel } from './rolloutPanel.tsx';
import { UploadForm } from './uploadForm.tsx';
import { VersionsPanel } from './versionsPanel.tsx';

interface ModelsPageProps {
  /** empty: the first there is */
  readonly sensorType: string;
  /** the hash whose report is open; empty: of what is chosen, or the newest */
  readonly version: string;
}

export function ModelsPage({ sensorType, version }: ModelsPageProps) {
  const page = usePage();
  const registry = useRegistry();
  const { models, activations, rollout } = registry;
  if (models === undefined) {
    return (
      <div class="models">
        <h1>Models</h1>
        <p class="panel note soft">{registry.fault || 'Asking the server'}</p>
      </div>
    );
  }
  const types = sensorTypes({ models, activations, stored: rollout?.sensorTypes ?? [] });
  const shown = sensorType || types.trained[0] || types.untrained[0];
  return (
    <div class="models">
      <h1>Models</h1>
      <p class="fault small" role="alert">
        {registry.fault}
      </p>
      <div class="models-body">
        <nav class="panel type-list" aria-label="Sensor types">
          <TypeLinks words="With a model" types={types.trained} shown={shown} registry={registry} />
          <TypeLinks
            words="Judged by what ships"
            types={types.untrained}
            shown={shown}
            registry={registry}
          />
          {may(page, 'operator') && <UploadForm deed={registry.deed} />}
          {may(page, 'operator') && <KeyPanel registry={registry} />}
        </nav>
        {shown === undefined ? (
          <p class="panel note soft">
            A model is trained from the readings of one sensor type. There are none yet.
          </p>
        ) : (
          <TypeDetail sensorType={shown} version={version} registry={registry} />
        )}
      </div>
    </div>
  );
}

interface TypeLinksProps {
  readonly words: string;
  readonly types: readonly string[];
  readonly shown: string | undefined;
  readonly registry: Registry;
}

function TypeLinks({ words, types, shown, registry }: TypeLinksProps) {
  if (types.length === 0) return null;
  const { activations, drifts, trainings } = registry;
  return (
    <>
      <h2>{words}</h2>
      <ul>
        {types.map((sensorType) => {
          const isTraining = trainings.some(
            (run) => run.sensorType === sensorType && run.state === 'running',
          );
          const moved = retrainCount(drifts ?? [], sensorType);
          return (
            <li key={sensorType}>
              <a
                href={formatAddress({ page: 'models', sensorType, version: '' })}
                aria-current={sensorType === shown ? 'true' : undefined}
              >
                <span>{sensorType}</span>
                {isTraining && <span class="chip">Training</span>}
                {moved > 0 && <span class="chip mark">Moved</span>}
                <code class="soft">{versionWords(chosenOf(sensorType, activations))}</code>
              </a>
            </li>
          );
        })}
      </ul>
    </>
  );
}

interface TypeDetailProps {
  readonly sensorType: string;
  readonly version: string;
  readonly registry: Registry;
}

function TypeDetail({ sensorType, version, registry }: TypeDetailProps) {
  const own = (registry.models ?? []).filter((model) => model.sensorType === sensorType);
  const active = own.find((model) => model.active);
  const opened = own.find(({ hash }) => hash === version) ?? active ?? own[0];
  return (
    <div class="models-detail">
      <VersionsPanel
        sensorType={sensorType}
        models={own}
        opened={opened?.hash}
        registry={registry}
      />
      {opened && <ReportPanel model={opened} beside={besideOf(opened, active)} />}
      <RolloutPanel sensorType={sensorType} registry={registry} />
      <ComparePanel key={sensorType} sensorType={sensorType} models={own} registry={registry} />
      <DriftPanel sensorType={sensorType} registry={registry} hasModel={own.length > 0} />
    </div>
  );
}

/** A version that is not chosen is shown beside the one that is. */
function besideOf(opened: Model, active: Model | undefined): Model | undefined {
  return active === undefined || active.hash === opened.hash ? undefined : active;
}
