/** The part of the table of routes that says what people are told: incidents, maintenance, channels. */
import { Type } from 'typebox';
import { addresses } from './addresses.ts';
import { PageQuery } from './fleet.ts';
import {
  AddChannel,
  AddMaintenance,
  ChannelsReply,
  ChannelTest,
  FreshChannel,
  Incident,
  IncidentsQuery,
  IncidentsReply,
  MaintenanceReply,
  MaintenanceWindow,
  Mute,
} from './incidents.ts';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';

const Id = Type.String({ pattern: '^[0-9]{1,15}$' });
const IncidentParams = Type.Object({ incident: Id });
const WindowParams = Type.Object({ window: Id });
const ChannelParams = Type.Object({ channel: Id });

export const incidentRoutes = {
  incidents: {
    ...addresses.incidents,
    access: 'viewer',
    summary: 'What people were told, or would be, newest first',
    query: IncidentsQuery,
    replies: { 200: IncidentsReply },
  },
  acknowledge: {
    ...addresses.acknowledge,
    access: 'operator',
    summary: 'Somebody is on it: it is not told again',
    params: IncidentParams,
    replies: { 200: Incident, 404: Problem },
  },
  mute: {
    ...addresses.mute,
    access: 'operator',
    summary: 'Be quiet about it until then; told again if it still fires',
    params: IncidentParams,
    body: Mute,
    replies: { 200: Incident, 404: Problem },
  },
  maintenance: {
    ...addresses.maintenance,
    access: 'viewer',
    summary: 'Maintenance windows, past ones excepted',
    replies: { 200: MaintenanceReply },
  },
  addMaintenance: {
    ...addresses.addMaintenance,
    access: 'operator',
    summary: 'Add a maintenance window, once or recurring',
    body: AddMaintenance,
    replies: { 201: MaintenanceWindow, 409: Problem, 422: Problem },
  },
  removeMaintenance: {
    ...addresses.removeMaintenance,
    access: 'operator',
    summary: 'Remove a maintenance window; what still fires is told',
    params: WindowParams,
    replies: { 204: Type.Null(), 404: Problem },
  },
  channels: {
    ...addresses.channels,
    access: 'admin',
    summary: 'Where people are told, without the secrets',
    query: PageQuery,
    replies: { 200: ChannelsReply },
  },
  addChannel: {
    ...addresses.addChannel,
    access: 'admin',
    summary: 'Add a webhook, a Slack or Alertmanager address, or e-mail',
    body: AddChannel,
    replies: { 201: FreshChannel, 409: Problem, 422: Problem },
  },
  removeChannel: {
    ...addresses.removeChannel,
    access: 'admin',
    summary: 'Remove a channel; what waits for it is dropped',
    params: ChannelParams,
    replies: { 204: Type.Null(), 404: Problem },
  },
  testChannel: {
    ...addresses.testChannel,
    access: 'admin',
    summary: 'Send a test notice now, and say what became of it',
    params: ChannelParams,
    replies: { 200: ChannelTest, 404: Problem },
  },
} as const satisfies Record<string, Route>;
