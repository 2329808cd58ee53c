/** The meter's thread, one for each run of the job `drift`. */
import { serveThread } from '../stream/threadDesk.ts';
import { MeterClerk } from './meter.ts';

await serveThread(() => new MeterClerk());
