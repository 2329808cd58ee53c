/** The error that a crash point throws: the component ends there, as by a kill, and nobody may catch it for good. */
export class Crash extends Error {
  override name = 'Crash';
}
