/** What every judge of a series, a device's rows or both is told. */
export interface JudgeOptions {
  /** false alarm episodes allowed a week, above 0; see Verdict.alarm for what holds without one */
  readonly budgetPerWeek?: number | undefined;
}

/** @throws {RangeError} on a budget that no threshold keeps: 0, below, or no finite number */
export function requireBudget({ budgetPerWeek }: JudgeOptions): void {
  if (budgetPerWeek === undefined) return;
  if (Number.isFinite(budgetPerWeek) && budgetPerWeek > 0) return;
  throw new RangeError(`budgetPerWeek must be a number above 0, not ${budgetPerWeek}`);
}
