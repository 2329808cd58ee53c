/** Method and path of each route, without the schemas, so that the page and the agent need not load them. */

export interface Address {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** parameters in braces: `/devices/{device}` */
  readonly path: string;
}

export const addresses = {
  pushBatch: { method: 'POST', path: '/api/v1/agents/{device}/batches' },
  pushReadings: { method: 'POST', path: '/api/v1/readings' },
  pushLines: { method: 'POST', path: '/api/v2/write' },
  fleet: { method: 'GET', path: '/api/v1/fleet' },
  history: { method: 'GET', path: '/api/v1/history' },
  anomalies: { method: 'GET', path: '/api/v1/anomalies' },
  ledger: { method: 'GET', path: '/api/v1/devices/{device}/ledger' },
  jobs: { method: 'GET', path: '/api/v1/jobs' },
  runJob: { method: 'POST', path: '/api/v1/jobs/{job}/run' },
  storage: { method: 'GET', path: '/api/v1/storage' },
  exportReadings: { method: 'GET', path: '/api/v1/export' },
  live: { method: 'GET', path: '/api/v1/live' },
  data: { method: 'POST', path: '/data' },
  latest: { method: 'GET', path: '/latest' },
  configure: { method: 'POST', path: '/config' },
  pushWindow: { method: 'POST', path: '/metrics' },
  metrics: { method: 'GET', path: '/metrics' },
  devices: { method: 'GET', path: '/devices' },
  device: { method: 'GET', path: '/devices/{device}' },
  stats: { method: 'GET', path: '/stats' },
  health: { method: 'GET', path: '/health' },
  session: { method: 'GET', path: '/api/v1/session' },
  signIn: { method: 'POST', path: '/api/v1/session' },
  signOut: { method: 'DELETE', path: '/api/v1/session' },
  setUp: { method: 'POST', path: '/api/v1/setup' },
  changePassword: { method: 'PUT', path: '/api/v1/session/password' },
  people: { method: 'GET', path: '/api/v1/people' },
  addPerson: { method: 'POST', path: '/api/v1/people' },
  changePerson: { method: 'PUT', path: '/api/v1/people/{person}' },
  removePerson: { method: 'DELETE', path: '/api/v1/people/{person}' },
  keys: { method: 'GET', path: '/api/v1/keys' },
  addKey: { method: 'POST', path: '/api/v1/keys' },
  revokeKey: { method: 'DELETE', path: '/api/v1/keys/{key}' },
  tokens: { method: 'GET', path: '/api/v1/tokens' },
  addToken: { method: 'POST', path: '/api/v1/tokens' },
  rotateToken: { method: 'POST', path: '/api/v1/tokens/{device}/rotate' },
  revokeToken: { method: 'DELETE', path: '/api/v1/tokens/{device}' },
  enrol: { method: 'POST', path: '/api/v1/enrolments' },
  audit: { method: 'GET', path: '/api/v1/audit' },
  incidents: { method: 'GET', path: '/api/v1/incidents' },
  acknowledge: { method: 'POST', path: '/api/v1/incidents/{incident}/acknowledge' },
  mute: { method: 'POST', path: '/api/v1/incidents/{incident}/mute' },
  maintenance: { method: 'GET', path: '/api/v1/maintenance' },
  addMaintenance: { method: 'POST', path: '/api/v1/maintenance' },
  removeMaintenance: { method: 'DELETE', path: '/api/v1/maintenance/{window}' },
  channels: { method: 'GET', path: '/api/v1/channels' },
  addChannel: { method: 'POST', path: '/api/v1/channels' },
  removeChannel: { method: 'DELETE', path: '/api/v1/channels/{channel}' },
  testChannel: { method: 'POST', path: '/api/v1/channels/{channel}/test' },
  giveFeedback: { method: 'POST', path: '/api/v1/feedback' },
  feedback: { method: 'GET', path: '/api/v1/feedback' },
  suppressions: { method: 'GET', path: '/api/v1/suppressions' },
  removeSuppression: { method: 'DELETE', path: '/api/v1/suppressions/{suppression}' },
  settings: { method: 'GET', path: '/api/v1/settings' },
  changeSettings: { method: 'PUT', path: '/api/v1/settings' },
  models: { method: 'GET', path: '/api/v1/models' },
  uploadModel: { method: 'POST', path: '/api/v1/models' },
  activateModel: { method: 'POST', path: '/api/v1/models/{hash}/activate' },
  trainModel: { method: 'POST', path: '/api/v1/sensor-types/{sensorType}/train' },
  trainings: { method: 'GET', path: '/api/v1/trainings' },
  rollBackModel: { method: 'POST', path: '/api/v1/sensor-types/{sensorType}/roll-back' },
  activations: { method: 'GET', path: '/api/v1/activations' },
  fetchModel: { method: 'GET', path: '/api/v1/models/{hash}/signed' },
  modelKey: { method: 'GET', path: '/api/v1/model-key' },
  rotateModelKey: { method: 'POST', path: '/api/v1/model-key/rotate' },
  rollout: { method: 'GET', path: '/api/v1/rollout' },
  compareModels: { method: 'POST', path: '/api/v1/comparisons' },
  comparisons: { method: 'GET', path: '/api/v1/comparisons' },
  drift: { method: 'GET', path: '/api/v1/drift' },
  retrainings: { method: 'GET', path: '/api/v1/retrainings' },
  setRetraining: { method: 'PUT', path: '/api/v1/sensor-types/{sensorType}/retraining' },
  removeRetraining: { method: 'DELETE', path: '/api/v1/sensor-types/{sensorType}/retraining' },
  livez: { method: 'GET', path: '/livez' },
  readyz: { method: 'GET', path: '/readyz' },
} as const satisfies Record<string, Address>;

export type RouteName = keyof typeof addresses;

/** @returns the path with its parameters filled in and the query appended */
export function locate(
  address: Address,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const path = address.path.replace(/\{(\w+)\}/g, (_, key: string) =>
    encodeURIComponent(params[key] ?? ''),
  );
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}
