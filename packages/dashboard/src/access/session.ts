/** Who looks at the page: asked of the server at the start, and again whenever it refuses. */
import type { Role, SetUp, SignIn } from '@fernsight/wire';
import type { Page } from '../frame/page.ts';
import { faultOf } from '../live/fault.ts';

/** Asks who is signed in. What was known stays where the server does not answer, or where somebody came in meanwhile. */
export async function loadSession(page: Page): Promise<void> {
  const before = page.session.peek();
  try {
    const answer = await page.client.call('session', {});
    if (page.session.peek() === before) page.session.value = answer;
  } catch (error) {
    faultOf(error);
  }
}

/** @returns why not, or an empty text */
export function signIn(page: Page, body: SignIn): Promise<string> {
  return enter(page, () => page.client.call('signIn', { body }));
}

/** Makes the first administrator, who is then signed in. @returns why not, or an empty text */
export function setUp(page: Page, body: SetUp): Promise<string> {
  return enter(page, () => page.client.call('setUp', { body }));
}

async function enter(page: Page, call: () => Promise<Page['session']['value']>): Promise<string> {
  try {
    page.session.value = await call();
    page.feed.retry();
    return '';
  } catch (error) {
    return faultOf(error);
  }
}

/** Nothing of the fleet stays behind in a browser that others may use. */
export async function signOut(page: Page): Promise<void> {
  await page.client.call('signOut', {});
  page.session.value = { mode: 'closed' };
  page.shelf.clear();
  location.reload();
}

/** Whether the server wants to know first who it is. */
export function isShut({ session }: Page): boolean {
  return session.value !== undefined && session.value.mode !== 'open' && !session.value.person;
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };

/** Whether the viewer has at least `role`; on an open server everybody has all. */
export function may(page: Page, role: Role): boolean {
  const session = page.session.value;
  if (session === undefined) return false;
  if (session.mode === 'open') return true;
  return session.person !== undefined && RANK[session.person.role] >= RANK[role];
}
