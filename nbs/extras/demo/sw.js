// Keeps the page for use without the internet. BUILD changes with what the page holds; older copies are removed.
const scope = self.registration.scope, prefix = `salgan ${scope} `, name = `${prefix}BUILD`;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  await (await caches.open(name)).add(new Request("./", { cache: "no-cache" }));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((key) => key.startsWith(prefix) && key !== name);
  await Promise.all(old.map((key) => caches.delete(key)));
  await self.clients.claim();
})()));

// The page comes from the cache, and so does a network once it was chosen.
self.addEventListener("fetch", (event) => {
  const address = event.request.url.split(/[?#]/)[0];
  const isPage = address === scope || address === `${scope}index.html`;
  if (!isPage && !/\/network\d+\.js$/.test(address)) return;
  event.respondWith((async () => {
    const cache = await caches.open(name), wanted = isPage ? "./" : event.request;
    const kept = await cache.match(wanted);
    if (kept) return kept;
    const answer = await fetch(event.request);
    if (answer.ok) await cache.put(wanted, answer.clone());
    return answer;
  })());
});
