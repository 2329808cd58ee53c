/** What the dashboards and alert rules in deploy/ ask for is what the server gives. */
import { readFileSync } from 'node:fs';
import { ManualClock, silentLog } from '@fernsight/base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { Metrics } from './metrics.ts';

let trial: CloudTrial;
let text = '';
beforeAll(async () => {
  trial = await openCloud();
  const row = { device: 'secret-device', sensor: 's', value: 1 };
  await trial.post('/api/v1/readings', { rows: [row, { ...row, value: 'x' }] });
  expect((await trial.post('/api/v1/jobs/fold/run', {})).status).toBe(202);
  await trial.clock.advance(0);
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

  test('count the runs of a job, and say when one succeeded last and that it did not fail', () => {
    expect(text).toMatch(/^fernsight_job_runs_total\{job="fold",result="success"\} 1$/m);
    const seconds = NOW_US / 1e6;
    for (const name of ['job_last_success_seconds', 'job_last_end_seconds'])
      expect(text).toContain(`\nfernsight_${name}{job="fold"} ${seconds}\n`);
    expect(text).toMatch(/^fernsight_job_failed\{job="fold"\} 0$/m);
    expect(text).toMatch(/^fernsight_job_last_end_seconds\{job="retention"\} 0$/m);
    expect(text).not.toMatch(/job_runs_total\{job="retention"/);
  });

  test('count failures apart, and keep when a job succeeded last', async () => {
    const clock = new ManualClock(NOW_US);
    const metrics = new Metrics();
    let runs = 0;
    const run = async () => {
      if (++runs > 1) throw new Error('the disk is full');
      return 'done';
    };
    const scheduler = new Scheduler([{ name: 'job', times: '0 0 1 1 *', run }], {
      clock,
      log: silentLog,
      onRun: (job, failed, endUs) => metrics.ran(job, failed, endUs),
    });
    for (let index = 0; index < 3; index++) {
      expect(scheduler.start('job')).toBe('started');
      await clock.advance(1_000);
    }
    const told = await metrics.registry.metrics();
    expect(told).toContain('\nfernsight_job_runs_total{job="job",result="success"} 1\n');
    expect(told).toContain('\nfernsight_job_runs_total{job="job",result="failure"} 2\n');
    expect(told).toContain(`\nfernsight_job_last_success_seconds{job="job"} ${NOW_US / 1e6}\n`);
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
