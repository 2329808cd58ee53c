/** The trier's thread, one for each model that is tried. */
import { serveThread } from '../stream/threadDesk.ts';
import { TrierClerk, type TrierStart } from './trier.ts';

await serveThread((start: TrierStart) => new TrierClerk(start));
