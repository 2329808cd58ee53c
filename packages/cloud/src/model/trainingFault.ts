/** Nothing came of a training, for a reason that a person can do something about. */
import { Fault } from '@fernsight/base';
import type { ModelError } from '@fernsight/detect';

export class TrainingFault extends Fault {
  override name = 'TrainingFault';

  constructor({ reason, hint }: ModelError) {
    super(reason, { op: 'models.train', hint });
  }
}
