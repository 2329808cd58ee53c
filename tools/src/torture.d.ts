/** What vitest.config.ts tells the tests. */
import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** true: run the full counts that docs/TORTURE.md reports */
    readonly torture: boolean;
  }
}
