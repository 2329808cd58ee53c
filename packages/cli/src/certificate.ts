/** PEM files that settings name: certificates and keys. */
import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { errorMessage, UsageFault } from '@fernsight/base';

/** @returns the file's text; undefined where none is named. @throws UsageFault */
export function readCertificate(path: string): string;
export function readCertificate(path: string | undefined): string | undefined;
export function readCertificate(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageFault(`cannot read ${path}: ${errorMessage(error)}`, {
      op: 'certificate.read',
      hint: 'name a PEM file that this user may read',
      cause: error,
    });
  }
}

/** For this process: what `fetch` trusts cannot be said call by call. @throws UsageFault where this Node cannot */
export function trustAuthority(authority: string): void {
  if (typeof setDefaultCACertificates !== 'function') {
    throw new UsageFault(`Node ${process.versions.node} cannot take an authority at run time`, {
      op: 'certificate.trust',
      hint: 'name its file in NODE_EXTRA_CA_CERTS, or take Node 24',
    });
  }
  setDefaultCACertificates([authority]);
}
