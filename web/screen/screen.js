/** A room's screen: what is on by the venue's clock, and what the server says, whenever it does. */

const EVERY = 20_000;
/** Milliseconds without an answer after which the screen says so. */
const STALE = 90_000;

let offset = Number(document.body.dataset.now) * 1000 - Date.now();
let heardAt = Date.now();

/** Show what is on and what is next; a cancelled session is neither once it would have begun. */
function tick() {
  const now = Math.floor((Date.now() + offset) / 1000);
  const { zone } = document.body.dataset;
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  document.querySelector("#clock").textContent = clock.format(now * 1000);
  let isNext = true;
  for (const one of document.querySelectorAll("article")) {
    const [starts, ends] = [Number(one.dataset.starts), Number(one.dataset.ends)];
    const isOff = one.dataset.state === "cancelled";
    if (now >= ends) one.dataset.when = "past";
    else if (now >= starts) one.dataset.when = "now";
    else one.dataset.when = isNext ? "next" : "later";
    if (now < starts && !isOff) isNext = false;
  }
  document.querySelector("footer").hidden = Date.now() - heardAt < STALE;
}

/** Take over what the server says; without an answer all stays, and goes on with the clock. */
async function refresh() {
  const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("main")) return; // a captive portal's page
  heardAt = Date.now();
  offset = Number(page.body.dataset.now) * 1000 - Date.now();
  for (const name of ["header", "main"]) {
    const [old, fresh] = [document.querySelector(name), page.querySelector(name)];
    if (old.innerHTML !== fresh.innerHTML) old.replaceWith(fresh);
  }
  document.querySelector("aside")?.remove();
  const changes = page.querySelector("aside");
  if (changes) document.querySelector("main").after(changes);
  tick();
}

tick();
setInterval(tick, 1_000);
setInterval(() => refresh().catch(() => {}), EVERY);
