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

/** Fetch the newest version, whole or not at all: what a server has while it is being changed is none. */
async function refresh() {
  const list = await fetch(LIST, { cache: "no-store" });
  const { version, files } = await list.clone().json();
  const cache = await caches.open(PREFIX + version);
  if (await cache.match(LIST)) return;
  const answers = await Promise.all(files.map((file) => fetch(new URL(file, HOME), { cache: "reload" })));
  if ((await versionOf(files, answers)) !== version) throw new Error("several versions at once");
  await Promise.all(answers.map((answer, at) => cache.put(new URL(files[at], HOME), answer)));
  await cache.put(LIST, list); // last: with it a version is whole
}

/** Return the version that answers make, as the server names it. */
async function versionOf(files, answers) {
  const digest = async (blob) => crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  const parts = await Promise.all(answers.map(async (answer, at) => [`${files[at]}\0`, await digest(answer.clone())]));
  const bytes = new Uint8Array(await digest(new Blob(parts.flat())));
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Return a file of ours, null when it is not here.
 *
 * A page begins with the newest version that is whole, and the others go; it keeps that one until it
 * begins anew, whatever has been fetched meanwhile: no page runs on files of two versions.
 */
async function kept(request) {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  const isWhole = async (name) => Boolean(await (await caches.open(name)).match(LIST));
  const whole = [];
  for (const name of names) if (await isWhole(name)) whole.push(name);
  const name = request.mode === "navigate" ? whole.at(-1) : whole[0];
  if (!name) return null;
  if (request.mode === "navigate") {
    for (const old of names.slice(0, names.indexOf(name))) await caches.delete(old);
  }
  return (await (await caches.open(name)).match(request, { ignoreSearch: true })) ?? null;
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
