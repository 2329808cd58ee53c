import type { ChannelTarget, Notice } from '@fernsight/wire';
import { describe, expect, it } from 'vitest';
import { addressObjection, mailOf, postOf, templateObjection } from './format.ts';

const url = 'https://chat.example/hook';

const notice: Notice = {
  id: 7,
  event: 'opened',
  cause: 'anomaly',
  tsUs: 1_800_000_000_000_000,
  count: 3,
  title: '3 devices have "anomalies" <&>',
  incidents: [
    { id: 1, device: 'pump', openedUs: 1_799_999_999_000_000, sentence: 'hot: spike' },
    { id: 2, device: 'valve\u2028', openedUs: 1_799_999_999_500_000, sentence: 'stuck' },
  ],
};
const resolved: Notice = { ...notice, event: 'resolved' };

const jsonOf = (target: Exclude<ChannelTarget, { kind: 'email' }>, of = notice): unknown =>
  JSON.parse(postOf(target, of).body);

describe('a notice in the words of its receiver', () => {
  it('is itself for a webhook, or what a template makes of it, whatever it holds', () => {
    expect(jsonOf({ kind: 'webhook', url })).toEqual(notice);
    const template = '{"text": "{{ title }} at {{devices}}", "n": {{count}}, "at": "{{time}}"}';
    expect(jsonOf({ kind: 'webhook', url, template })).toEqual({
      text: '3 devices have "anomalies" <&> at pump, valve\u2028 and 1 more',
      n: 3,
      at: '2027-01-15T08:00:00.000000Z',
    });
  });

  it('is a text for Slack, with its three characters escaped', () => {
    expect(jsonOf({ kind: 'slack', url })).toEqual({
      text: '3 devices have "anomalies" &lt;&amp;&gt;\npump, valve\u2028 and 1 more',
    });
  });

  it('is an alert a device for Alertmanager, which ends when the incident does', () => {
    const target = { kind: 'alertmanager', url: 'http://alerts.example/' } as const;
    expect(postOf(target, notice).url).toBe('http://alerts.example/api/v2/alerts');
    expect(jsonOf(target)).toMatchObject([
      {
        labels: { alertname: 'Fernsight', device: 'pump', cause: 'anomaly', incident: '1' },
        annotations: { summary: 'pump: hot: spike' },
        startsAt: '2027-01-15T07:59:59.000000Z',
        endsAt: '2027-01-16T08:00:00.000000Z',
      },
      { labels: { incident: '2' } },
    ]);
    expect(jsonOf(target, resolved)).toMatchObject([{ endsAt: '2027-01-15T08:00:00.000000Z' }, {}]);
  });

  it('is a list for a mail, whose subject is one line', () => {
    const { subject, text } = mailOf({ ...notice, title: 'two\r\nBcc: everybody' });
    expect(subject).toBe('[Fernsight] two Bcc: everybody');
    expect(text.split('\n').slice(-3)).toEqual([
      '2027-01-15T07:59:59.000000Z  pump: hot: spike',
      '2027-01-15T07:59:59.500000Z  valve\u2028: stuck',
      'and 1 more',
    ]);
  });

  it.each([
    ['{"a": "{{title}}"}', undefined],
    ['{"a": {{title}}}', /does not become JSON/],
    ['{"a": "{{password}}"}', /\{\{password\}\} is no place; there are id, event/],
    ['', /does not become JSON/],
  ])('a template is tried when it is given: %s', (template, expected) => {
    const objection = templateObjection({ kind: 'webhook', url, template });
    if (expected === undefined) expect(objection).toBeUndefined();
    else expect(objection).toMatch(expected);
  });

  it.each([
    ['https://user:pass@chat.example:8443/hook?x=1', undefined],
    ['http://[', /cannot be read/],
    ['https://%ff:x@chat.example/', /cannot be read/],
  ])('an address is tried when it is given: %s', (address, expected) => {
    const objection = addressObjection({ kind: 'slack', url: address });
    if (expected === undefined) expect(objection).toBeUndefined();
    else expect(objection).toMatch(expected);
    expect(objection ?? '').not.toContain(address);
  });
});
