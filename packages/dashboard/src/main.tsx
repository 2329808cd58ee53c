/** The only file that asks the browser for time, chance and storage; it hands them to the page and starts it. */
import { render } from 'preact';
import { parseAddress } from './frame/address.ts';
import { App } from './frame/app.tsx';
import { createPage, PageContext, runPage, saveFleet } from './frame/page.ts';
import { watchKeys } from './frame/shortcut.ts';
import { watchTheme } from './frame/theme.ts';
import type { Machine } from './live/machine.ts';

const machine: Machine = {
  nowUs: () => Date.now() * 1000,
  random: Math.random,
  fetch: (input, init) => fetch(input, init),
  storage: localStorage,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    }),
};

const root = document.getElementById('page');
if (root === null) throw new Error('the document has no #page');

const page = createPage(machine, location.hash);
watchTheme(machine.storage);
watchKeys(machine.storage);
addEventListener('hashchange', () => {
  page.address.value = parseAddress(location.hash);
});
// in a browser without, or on plain HTTP, the page needs its server to open
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('./sw.js');
addEventListener('online', () => page.feed.retry());
addEventListener('pagehide', () => saveFleet(page));
render(
  <PageContext value={page}>
    <App />
  </PageContext>,
  root,
);
await runPage(page, new AbortController().signal);
