/** The comparer's thread, one for each comparison. */
import { serveThread } from '../stream/threadDesk.ts';
import { ComparerClerk, type ComparerStart } from './comparer.ts';

await serveThread((start: ComparerStart) => new ComparerClerk(start));
