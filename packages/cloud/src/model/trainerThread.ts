/** The trainer's thread, one for each training. */
import { serveThread } from '../stream/threadDesk.ts';
import { TrainerClerk } from './trainer.ts';

await serveThread((start: { readonly sensorType: string }) => new TrainerClerk(start));
