/** The ways by which people are told, and what each needs to know. */
import type { AddChannel, Channel, ChannelTarget } from '@fernsight/wire';

export type ChannelKind = Channel['kind'];

export const KIND_WORDS: Readonly<Record<ChannelKind, string>> = {
  webhook: 'Webhook',
  slack: 'Slack',
  alertmanager: 'Alertmanager',
  email: 'E-mail',
};

export function isChannelKind(text: string): text is ChannelKind {
  return Object.hasOwn(KIND_WORDS, text);
}

/** @param text what was typed, by the field's name */
function targetOf(kind: ChannelKind, text: (name: string) => string): ChannelTarget {
  switch (kind) {
    case 'alertmanager':
      return { kind, url: text('url') };
    case 'email':
      return { kind, server: text('server'), from: text('from'), to: addressesOf(text('to')) };
    case 'webhook':
    case 'slack': {
      const template = text('template').trim();
      return { kind, url: text('url'), ...(template === '' ? {} : { template }) };
    }
  }
}

function addressesOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== '');
}

/** @returns the request's body */
export function channelOf(
  kind: ChannelKind,
  causes: NonNullable<AddChannel['causes']>,
  text: (name: string) => string,
): AddChannel {
  return {
    name: text('name'),
    target: targetOf(kind, text),
    causes,
    tellsEnd: text('tellsEnd') === 'on',
  };
}
