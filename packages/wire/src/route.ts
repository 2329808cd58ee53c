/** What the table of routes says of each. */
import type { TSchema } from 'typebox';
import type { Address } from './addresses.ts';

/** Who may call: anybody; a device or agent with its token; a person or key that may read, operate, administer; a scraper; a key that enrols devices. */
export type Access =
  | 'public'
  | 'device'
  | 'viewer'
  | 'operator'
  | 'admin'
  | 'metrics'
  | 'provision';

export interface Route extends Address {
  readonly access: Access;
  readonly summary: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** media types of a body that is text, alone or beside JSON */
  readonly textBodies?: readonly string[];
  /** by status */
  readonly replies: Readonly<Record<number, TSchema>>;
  /** media types of the reply to a success that is not JSON */
  readonly textReplies?: readonly string[];
  /** statuses of refusals that come as plain JSON, in the way of an earlier system, and not as problems */
  readonly plainRefusals?: readonly number[];
}
