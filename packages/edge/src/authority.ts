/** A certificate authority of one's own, for the cloud's certificate or a broker's: trusted instead of the system's. */
import { X509Certificate } from 'node:crypto';
import { errorCode, errorMessage, UsageFault } from '@fernsight/base';

/** Codes of OpenSSL and Node for a certificate that nobody vouches for, or that is another's, or out of date. */
const CERTIFICATE_CODES = /CERT|ISSUER|UNABLE_TO_VERIFY/;

/**
 * @param pem text of one or several certificates
 * @returns what a TLS connection takes of it: nothing where there is none
 * @throws UsageFault where it is no certificate, which TLS would pass over in silence
 */
export function trustOf(pem: string | undefined): { readonly ca?: string } {
  if (pem === undefined) return {};
  try {
    new X509Certificate(pem);
    return { ca: pem };
  } catch (cause) {
    throw new UsageFault(`the certificate of the authority is none: ${errorMessage(cause)}`, {
      op: 'tls.trust',
      hint: 'it is a PEM file that begins with -----BEGIN CERTIFICATE-----',
      cause,
    });
  }
}

/** @returns what to do, where a connection failed for its certificate */
export function certificateHint(cause: unknown, setting: string): string | undefined {
  if (!CERTIFICATE_CODES.test(String(errorCode(cause)))) return undefined;
  return `where an authority of your own signed it, name that authority's certificate with ${setting}`;
}
