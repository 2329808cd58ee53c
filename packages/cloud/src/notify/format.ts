/**
 * A notice in the words of each receiver: our own JSON or a template's, Slack's message, Alertmanager's alerts, an
 * e-mail. Pure functions from a notice to what is sent.
 */
import { formatTimestamp, US_PER_DAY, unreachable } from '@fernsight/base';
import type { ChannelTarget, Notice } from '@fernsight/wire';

/** What is posted to a web address. */
export interface Post {
  readonly url: string;
  readonly body: string;
}

type WebTarget = Exclude<ChannelTarget, { readonly kind: 'email' }>;

/** Alertmanager ends an alert after five minutes unless it is told until when it holds. */
const ALERT_HOLDS_US = US_PER_DAY;
/** Devices named in a text; the rest are counted. */
const NAMED_DEVICES_MAX = 10;

/** @returns what to post, as JSON */
export function postOf(target: WebTarget, notice: Notice): Post {
  switch (target.kind) {
    case 'webhook': {
      const { url, template } = target;
      const quoted = (text: string) => JSON.stringify(text).slice(1, -1);
      const body = template === undefined ? JSON.stringify(notice) : fill(template, notice, quoted);
      return { url, body };
    }
    case 'slack': {
      const text = fill(target.template ?? '{{title}}\n{{devices}}', notice, escapeSlack);
      return { url: target.url, body: JSON.stringify({ text: text.trim() }) };
    }
    case 'alertmanager':
      return {
        url: `${target.url.replace(/\/+$/, '')}/api/v2/alerts`,
        body: JSON.stringify(alertsOf(notice)),
      };
    default:
      return unreachable(target);
  }
}

/** @returns the subject and the text of an e-mail */
export function mailOf(notice: Notice): { readonly subject: string; readonly text: string } {
  const lines = notice.incidents.map(
    ({ device, openedUs, sentence }) => `${formatTimestamp(openedUs)}  ${device}: ${sentence}`,
  );
  const unnamed = notice.count - notice.incidents.length;
  if (unnamed > 0) lines.push(`and ${unnamed} more`);
  // a header ends at a line break
  const subject = `[Fernsight] ${notice.title}`.replace(/\s+/g, ' ').slice(0, 200);
  return { subject, text: [notice.title, '', ...lines].join('\n') };
}

/** @returns what is wrong with where a channel leads, or undefined where nothing is; it repeats no address */
export function addressObjection(target: ChannelTarget): string | undefined {
  try {
    const url = new URL(target.kind === 'email' ? target.server : target.url);
    if (url.hostname === '') return 'the address names no host';
    decodeURIComponent(url.username + url.password);
    const isPlain = url.pathname.length <= 1 && url.search === '' && url.hash === '';
    return target.kind === 'email' && !isPlain
      ? 'the address of a mail server ends with its port: it has no path and no options'
      : undefined;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof URIError)) throw error;
    return 'the address cannot be read as a URL';
  }
}

/** @returns what is wrong with a webhook's template, or undefined where nothing is */
export function templateObjection(target: ChannelTarget): string | undefined {
  if (target.kind === 'email' || target.kind === 'alertmanager') return undefined;
  const strange = [...(target.template ?? '').matchAll(PLACE)].find(
    ([, name = '']) => !isPlace(name),
  );
  if (strange !== undefined) return `${strange[0]} is no place; there are ${PLACES.join(', ')}`;
  if (target.kind === 'slack') return undefined;
  try {
    JSON.parse(postOf(target, SAMPLE).body);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `the template does not become JSON: ${error.message}`;
  }
}

const PLACE = /\{\{\s*(\w+)\s*\}\}/g;
const PLACES = ['id', 'event', 'cause', 'time', 'count', 'title', 'devices', 'sentence'] as const;
type Place = (typeof PLACES)[number];

const SAMPLE: Notice = {
  id: 1,
  event: 'opened',
  cause: 'anomaly',
  tsUs: 0,
  count: 1,
  title: 'a "quoted" title\nof two lines',
  incidents: [{ id: 1, device: 'pump', openedUs: 0, sentence: 'a sentence' }],
};

function isPlace(name: string): name is Place {
  return PLACES.some((place) => place === name);
}

function fill(template: string, notice: Notice, write: (text: string) => string): string {
  return template.replace(PLACE, (whole, name: string) =>
    isPlace(name) ? write(valueAt(name, notice)) : whole,
  );
}

function valueAt(place: Place, notice: Notice): string {
  switch (place) {
    case 'time':
      return formatTimestamp(notice.tsUs);
    case 'devices':
      return devicesOf(notice);
    case 'sentence':
      return notice.incidents[0]?.sentence ?? notice.title;
    case 'id':
    case 'event':
    case 'cause':
    case 'count':
    case 'title':
      return String(notice[place]);
    default:
      return unreachable(place);
  }
}

function devicesOf({ incidents, count }: Notice): string {
  const named = incidents.slice(0, NAMED_DEVICES_MAX).map(({ device }) => device);
  const unnamed = count - named.length;
  return unnamed > 0 ? `${named.join(', ')} and ${unnamed} more` : named.join(', ');
}

/** https://api.slack.com/reference/surfaces/formatting#escaping */
function escapeSlack(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** https://prometheus.io/docs/alerting/latest/clients/ : an alert a device; Alertmanager groups by itself. */
function alertsOf({ event, cause, tsUs, title, incidents }: Notice): object[] {
  const endUs = event === 'resolved' ? tsUs : tsUs + ALERT_HOLDS_US;
  const times = { endsAt: formatTimestamp(endUs) };
  if (incidents.length === 0) {
    const labels = { alertname: 'FernsightTest', severity: 'none' };
    return [{ labels, annotations: { summary: title }, startsAt: formatTimestamp(tsUs), ...times }];
  }
  return incidents.map(({ id, device, openedUs, sentence }) => ({
    labels: { alertname: 'Fernsight', cause, device, incident: String(id), severity: 'warning' },
    annotations: { summary: `${device}: ${sentence}` },
    startsAt: formatTimestamp(openedUs),
    ...times,
  }));
}
