/** E-mail, by SMTP: one message to all readers of a channel. */
import { errorCode } from '@fernsight/base';
import type { ChannelTarget, Notice } from '@fernsight/wire';
import { createTransport } from 'nodemailer';
import { DeliveryFault } from './deliveryFault.ts';
import { mailOf } from './format.ts';
import { ATTEMPT_MS_MAX } from './limits.ts';

/** RFC 8314, section 3.3 */
const SMTPS_PORT = 465;
const SUBMISSION_PORT = 587;

type MailTarget = Extract<ChannelTarget, { readonly kind: 'email' }>;

/** @returns what the mail server answered. @throws DeliveryFault */
export async function sendMail(
  { server, from, to }: MailTarget,
  { notice, signal }: { readonly notice: Notice; readonly signal: AbortSignal },
): Promise<string> {
  const transport = createTransport({
    ...placeOf(server),
    connectionTimeout: ATTEMPT_MS_MAX,
    greetingTimeout: ATTEMPT_MS_MAX,
    socketTimeout: ATTEMPT_MS_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stop = () => transport.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { response } = await transport.sendMail({ from, to, ...mailOf(notice) });
    return `answered ${response}`;
  } catch (error) {
    throw new DeliveryFault(reasonOf(error));
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
}

/**
 * Read here, not by the library: its own reading lets the query of an address set any option, a program to run among them.
 */
function placeOf(server: string) {
  const { protocol, hostname, port, username, password } = new URL(server);
  const secure = protocol === 'smtps:';
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? SMTPS_PORT : SUBMISSION_PORT) : Number(port),
    secure,
    ...(username === '' ? {} : { auth }),
  };
}

/** The codes alone: a mail server may repeat a name or a password in its words. */
function reasonOf(error: unknown): string {
  const status = Object(error).responseCode;
  const code = errorCode(error) ?? 'unknown error';
  return typeof status === 'number' ? `answered ${status} (${code})` : `not sent: ${code}`;
}
