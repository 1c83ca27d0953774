/**
 * A page without a network: its files, all of one version, and the event's pictures and maps.
 *
 * What else the API answers is never kept here; the page itself keeps what it needs. What is pushed
 * becomes a notification.
 */

const PREFIX = `eventday${new URL(registration.scope).pathname}@`;
const HOME = new URL("../../", location.href);
const [PAGE] = location.pathname.split("/").slice(-2);
const LIST = new URL(`web/${PAGE}/files.json`, HOME);
/** Pictures and maps never change under their names. */
const MEDIA = "v1/sync/public/media-";

/** Fetch all files of the newest version, or none of them, then drop the older ones. */
async function refresh() {
  const { version, files } = await (await fetch(LIST, { cache: "no-store" })).json();
  const name = PREFIX + version;
  const cache = await caches.open(name);
  if ((await cache.keys()).length) return;
  await cache.addAll(files.map((file) => new Request(new URL(file, HOME), { cache: "reload" })));
  for (const old of await caches.keys()) {
    if (old.startsWith(PREFIX) && old !== name) await caches.delete(old);
  }
}

async function kept(request) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const found = await (await caches.open(name)).match(request, { ignoreSearch: true });
    if (found) return found;
  }
  return null;
}

/** Return a picture, from here if it was ever fetched. */
async function pictured(request) {
  const cache = await caches.open(`eventday${HOME.pathname}media`);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

addEventListener("install", (event) => event.waitUntil(refresh().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname.slice(HOME.pathname.length);
  if (request.method !== "GET") return;
  if (path.startsWith(MEDIA)) return event.respondWith(pictured(request));
  if (!(path === PAGE || path.startsWith("web/"))) return;
  if (request.url === LIST.href) return;
  event.respondWith(kept(request).then((found) => found ?? fetch(request)));
  // A new version is fetched behind the page's back and serves its next start.
  if (request.mode === "navigate") event.waitUntil(refresh().catch(() => {}));
});

/** Show what was pushed: browsers want something shown, whatever came. */
addEventListener("push", (event) => {
  const { title = "eventday", body = "", lang = "", tag = "", url = PAGE } = toldIn(event.data);
  const shown = { body, lang, tag, renotify: tag !== "", data: url };
  event.waitUntil(registration.showNotification(title, shown));
});
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(new URL(event.notification.data, HOME).href));
});

function toldIn(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

/** Lead to an address of the page, in the window that shows it if there is one. */
async function lead(address) {
  const [bare] = address.split("#");
  const windows = await clients.matchAll({ type: "window" });
  const open = windows.find(({ url }) => url.split("#")[0] === bare);
  if (!open) return clients.openWindow(address);
  // Where a browser does not let it come to the front it is led there all the same.
  await open.focus().catch(() => {});
  return open.navigate(address);
}
