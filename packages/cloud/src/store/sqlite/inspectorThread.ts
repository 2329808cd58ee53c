/** The inspector's thread, one for each check. */
import { serveThread } from '../../stream/threadDesk.ts';
import { InspectorClerk } from './inspector.ts';
import type { CheckStart } from './integrity.ts';

await serveThread((start: CheckStart) => new InspectorClerk(start));
