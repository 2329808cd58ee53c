/** The trainer's thread, one for each training. */
import { serveThread } from '../stream/threadDesk.ts';
import { TrainerClerk, type TrainerStart } from './trainer.ts';

await serveThread((start: TrainerStart) => new TrainerClerk(start));
