/** Whether a model can see: one that finds nothing more unusual than what it was trained on judges nobody. */
import { CUT } from '../features/scaleFree.ts';
import { ModelError } from '../modelError.ts';
import type { SensorModel } from './model.ts';

/**
 * Asks for the score of rows as far out as features go, on either side. A forest of one leaf, one trained on readings
 * that did not vary, and one whose scores fall where they should rise give no more than they gave their training rows.
 * @throws ModelError where the model is blind
 */
export function requireSight({ forest, features, reference }: SensorModel): void {
  const usual = reference.at(-1)?.edges.at(-1) ?? 1;
  const scores = [CUT, -CUT].map((far) =>
    forest.score(new Float64Array(features.length).fill(far)),
  );
  if (Math.max(...scores) > usual) return;
  const message = 'The model scores nothing higher than what it was trained on';
  throw new ModelError('model.see', message, 'Train it on readings that vary.');
}
