/** What is wrong with a field, in the manner of the framework of the edge original. */

export interface Objection {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** @param pointer a JSON pointer into the body */
export function objectionTo(pointer: string, msg: string): Objection {
  return { loc: ['body', ...pointer.split('/').slice(1)], msg, type: 'json_invalid' };
}
