/** What vitest.config.ts tells the tests. */
import type {} from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** true: run the full counts that docs/TORTURE.md reports */
    readonly torture: boolean;
  }
}
