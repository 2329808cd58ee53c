/** axe over what a page shows at present: WCAG 2.2 A and AA. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const script = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/**
 * @param rule this one alone; absent: all of WCAG 2.2 A and AA
 * @returns each violation in words; none: the page is accessible as far as axe can tell
 */
export async function violations(page: Page, rule?: string): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(script);
  const run = { runOnly: rule === undefined ? TAGS : [rule], resultTypes: ['violations'] };
  const found: { readonly violations: readonly Violation[] } = await page.evaluate(
    `axe.run(${JSON.stringify(run)})`,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}
