/** What is known of a request's sender, who that is, and what each may: the whole of the rules in one table. */
import { unreachable } from '@fernsight/base';
import type { Access, Role, Scope } from '@fernsight/wire';

/** The facts of a request that access is decided by. */
export interface Facts {
  readonly method: string;
  /** remote address of the connection */
  readonly address: string;
  /** the Host header */
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  /** a header is there that proxies add (http/server.ts) */
  readonly forwarded: boolean;
  /** the connection is TLS */
  readonly secure: boolean;
}

export type Principal =
  /** nobody in particular, on a public route */
  | { readonly kind: 'anyone' }
  /** whoever is on this machine, in open mode */
  | { readonly kind: 'local' }
  | { readonly kind: 'person'; readonly name: string; readonly role: Role; readonly digest: string }
  | {
      readonly kind: 'key';
      readonly id: string;
      readonly name: string;
      readonly scopes: readonly Scope[];
      readonly digest: string;
    }
  | { readonly kind: 'device'; readonly device: string; readonly digest: string };

/** What a role or a scope includes. Who may read the fleet may read its metrics. */
const INCLUDES: Readonly<Record<Scope, readonly Access[]>> = {
  viewer: ['viewer', 'metrics'],
  operator: ['viewer', 'metrics', 'operator'],
  admin: ['viewer', 'metrics', 'operator', 'admin', 'provision'],
  device: ['device'],
  metrics: ['metrics'],
  provision: ['provision'],
};

/** @returns whether `principal` may call a route that asks for `access` */
export function may(principal: Principal, access: Access): boolean {
  if (access === 'public') return true;
  switch (principal.kind) {
    case 'anyone':
      return false;
    case 'local':
      return true;
    case 'person':
      return INCLUDES[principal.role].includes(access);
    case 'key':
      return principal.scopes.some((scope) => INCLUDES[scope].includes(access));
    case 'device':
      return access === 'device';
    default:
      return unreachable(principal);
  }
}

/** @returns the principal's name in the audit log */
export function actorName(principal: Principal): string {
  switch (principal.kind) {
    case 'anyone':
    case 'local':
      return principal.kind;
    case 'person':
      return `person ${principal.name}`;
    case 'key':
      return `key ${principal.name}`;
    case 'device':
      return `device ${principal.device}`;
    default:
      return unreachable(principal);
  }
}
