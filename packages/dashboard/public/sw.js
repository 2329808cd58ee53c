/**
 * Keeps the page's own files, so that it opens with the last known state while the server is gone. The server comes
 * first always: a kept file is used only when it does not answer. Data never passes through here.
 */
const CACHE = 'page';
/** index, icon, one script and one style sheet, twice: the files of this version and of the one before */
const FILES_MAX = 8;

addEventListener('install', (event) => {
  event.waitUntil(keepPage());
  self.skipWaiting();
});

addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

addEventListener('fetch', (event) => {
  if (isPageFile(event.request)) event.respondWith(serverFirst(event.request));
});

/** The first visit was loaded before there was anybody to keep its files. */
async function keepPage() {
  const cache = await caches.open(CACHE);
  const index = await fetch('./');
  const names = [...(await index.clone().text()).matchAll(/\.\/assets\/[\w.-]+/g)].map(
    ([name]) => name,
  );
  await cache.put('./', index);
  await cache.addAll(names);
}

/** The server has other pages, such as its /docs: they are theirs alone. */
function isPage(request) {
  const { origin, pathname } = new URL(request.url);
  const here = new URL('./', location);
  const isHere = pathname === here.pathname || pathname === `${here.pathname}index.html`;
  return request.mode === 'navigate' && origin === here.origin && isHere;
}

function isPageFile(request) {
  const { origin, pathname } = new URL(request.url);
  const isFile = isPage(request) || /\/assets\/|\/icon\.svg$/.test(pathname);
  return request.method === 'GET' && origin === location.origin && isFile;
}

async function serverFirst(request) {
  const cache = await caches.open(CACHE);
  const key = isPage(request) ? './' : request;
  try {
    const response = await fetch(request);
    if (response.ok) await keep(cache, key, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(key);
    if (kept === undefined) throw error;
    return kept;
  }
}

/** A file that is kept anew moves to the end; the oldest go. */
async function keep(cache, key, response) {
  await cache.delete(key);
  await cache.put(key, response);
  const keys = await cache.keys();
  for (const oldest of keys.slice(0, Math.max(0, keys.length - FILES_MAX)))
    await cache.delete(oldest);
}
