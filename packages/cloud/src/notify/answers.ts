/** The routes of channels, for administrators. */
import { AddChannel, type ChannelsReply, type FreshChannel } from '@fernsight/wire';
import { Parse } from 'typebox/value';
import { reply, unknown } from '../access/reply.ts';
import { drawSecret } from '../access/secret.ts';
import type { Answers } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Channels } from './channels.ts';
import type { Courier } from './courier.ts';
import { addressObjection, templateObjection } from './format.ts';

export interface ChannelDesk {
  readonly channels: Channels;
  readonly courier: Courier;
}

export function channelAnswers({ channels, courier }: ChannelDesk): Answers {
  return {
    channels: () => reply(200, { channels: channels.list() } satisfies ChannelsReply),

    addChannel: ({ body }) => {
      const wanted = Parse(AddChannel, body);
      const objection = addressObjection(wanted.target) ?? templateObjection(wanted.target);
      if (objection !== undefined) return problem(422, { detail: objection });
      const signingSecret = wanted.target.kind === 'webhook' ? drawSecret('webhook') : null;
      const id = channels.add(wanted, signingSecret);
      if (id === undefined) return taken(wanted.name);
      return reply(201, { id, signingSecret } satisfies FreshChannel);
    },

    removeChannel: ({ params }) =>
      channels.remove(Number(params.channel)) ? reply(204, null) : missing(params.channel),

    testChannel: async ({ params }) => {
      const channel = channels.find(Number(params.channel));
      if (channel === undefined) return missing(params.channel);
      return reply(200, await courier.test(channel));
    },
  };
}

function missing(id: string | undefined) {
  return unknown(`channel ${id}`, 'See the list of channels.');
}

function taken(name: string) {
  return problem(409, {
    detail: `there is a channel ${name} already, or there is no room for another`,
    hint: 'choose another name, or remove a channel that nobody reads',
  });
}
