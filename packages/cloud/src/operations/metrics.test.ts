/** What the dashboards and alert rules in deploy/ ask for is what the server gives. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';

let trial: CloudTrial;
let text = '';
beforeAll(async () => {
  trial = await openCloud();
  const row = { device: 'secret-device', sensor: 's', value: 1 };
  await trial.post('/api/v1/readings', { rows: [row, { ...row, value: 'x' }] });
  text = String((await trial.get('/metrics')).body);
});
afterAll(() => trial.end());

describe('metrics', () => {
  test('count what came, by source and reason', () => {
    expect(text).toMatch(/^fernsight_readings_stored_total\{source="plain"\} 1$/m);
    expect(text).toMatch(/^fernsight_readings_refused_total\{reason="invalid"\} 1$/m);
    expect(text).toMatch(
      /^fernsight_http_request_seconds_count\{route="pushReadings",status="2xx"\} 1$/m,
    );
  });

  test('never name a device', () => {
    expect(text).not.toMatch(/secret-device/);
  });

  test.each(['grafana/fernsight.json', 'prometheus/alerts.yaml'])(
    'have everything that deploy/%s asks for',
    (file) => {
      const asked = readFileSync(new URL(`../../../../deploy/${file}`, import.meta.url), 'utf8');
      const names = new Set(asked.match(/\b(?:fernsight|process)_[a-z_]+/g));
      expect(names.size).toBeGreaterThan(5);
      for (const name of names) {
        expect(text, name).toMatch(
          new RegExp(`^# TYPE ${name.replace(/_(?:bucket|count|sum)$/, '')} `, 'm'),
        );
      }
    },
  );
});
