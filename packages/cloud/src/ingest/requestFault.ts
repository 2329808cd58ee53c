/** A request that cannot be taken as a whole: its status, its fault and the remedy. */
import { Fault } from '@fernsight/base';

export interface RequestFaultDetail {
  readonly hint?: string;
  /** fields at fault, as JSON pointers into the body */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly headers?: Readonly<Record<string, string>>;
}

export class RequestFault extends Fault {
  override name = 'RequestFault';
  readonly status: number;
  readonly errors: RequestFaultDetail['errors'];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    { hint, errors, headers = {} }: RequestFaultDetail = {},
  ) {
    super(message, { op: 'http.request', ...(hint === undefined ? {} : { hint }) });
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}
