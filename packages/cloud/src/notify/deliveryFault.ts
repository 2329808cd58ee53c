/** An attempt to deliver a notice has failed. Its words are for people and carry no secret. */
import { Fault } from '@fernsight/base';

export class DeliveryFault extends Fault {
  override name = 'DeliveryFault';
  /** what the receiver asked to wait */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0) {
    super(message, { op: 'notify.send', retryable: true });
    this.retryAfterMs = retryAfterMs;
  }
}
