/** Links to one's schedule: for a calendar that follows it, and for people who may look. */

import { h, put } from "../shared/show.js";
import { troubleText } from "./asking.js";

const SECTIONS = ["everyone", "category", "bookmark", "booking", "speaking", "meeting"];
const HOUR = 3_600_000;
/** For how many hours somebody may look, 0 for until it is taken back. */
const LASTS = [24, 24 * 7, 0];

/** Fill the view; `request` asks as the owner, `now` gives the event's UTC seconds. */
export function linksView(element, { say, request, times, now }) {
  const [calendar, people, list] = [h("div", {}), h("div", {}), h("div", {})];
  const all = h("h2", { tabindex: "-1" }, say("links-all"));

  /** Make a link and show it where it was asked for: the server does not know it any more. */
  async function make(place, body) {
    const told = h("p", { class: "told", role: "status" }, say("saving"));
    put(place, told);
    try {
      const made = await (await request("v1/me/shares", { body })).json();
      put(place, secret(made, say));
      place.querySelector("button").focus();
      await show();
    } catch (problem) {
      put(told, troubleText(problem, say, { conflict: "links-full" }));
    }
  }

  async function show() {
    try {
      const { shares } = await (await request("v1/me/shares")).json();
      put(list, shares.length ? h("ul", { class: "list" }, shares.map(row)) : h("p", { class: "quiet" }, say("links-none")));
    } catch (problem) {
      put(list, h("p", { class: "quiet", role: "status" }, troubleText(problem, say)));
    }
  }

  function row({ id, kind, label, sections, created_at, expires_at }) {
    const day = (text) => `${times.short(Date.parse(text) / 1000)} ${times.clock(Date.parse(text) / 1000)}`;
    const about = [
      say("link-since", { time: day(created_at) }),
      expires_at && say("link-until", { time: day(expires_at) }),
      ...sections.map((name) => say(`section-${name}`)),
    ].filter(Boolean).join(" · ");
    const told = h("p", { class: "told", role: "status" });
    const end = ({ target }) => {
      if (!target.dataset.sure) return void ((target.dataset.sure = "yes"), (target.textContent = say("take-back-sure")));
      const gone = () => show().then(() => all.focus());
      request(`v1/me/shares/${id}`, { method: "DELETE" }).then(gone, (problem) => put(told, troubleText(problem, say)));
    };
    return h("li", { class: "row link" },
      h("span", { class: "what" }, [say(`link-${kind}`), label].filter(Boolean).join(": ")),
      h("span", { class: "where" }, about),
      h("button", { type: "button", class: "outline", click: end }, say("take-back")), told);
  }

  put(element,
    h("h2", { tabindex: "-1" }, say("links-calendar")),
    h("p", {}, say("calendar-what")),
    h("p", { class: "warning" }, say("calendar-who")),
    h("button", { type: "button", click: () => make(calendar, { kind: "calendar" }) }, say("calendar-make")), calendar,
    h("h2", {}, say("links-people")),
    h("p", {}, say("share-what")),
    shareForm({ say, make: (body) => make(people, body), now }), people,
    all, list);
  show();
}

function shareForm({ say, make, now }) {
  const submit = (event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    const [sections, hours] = [SECTIONS.filter((name) => data.has(name)), Number(data.get("hours"))];
    const expires_at = hours ? new Date(now() * 1000 + hours * HOUR).toISOString() : null;
    make({ kind: "schedule", label: data.get("label").trim(), named: data.has("named"), sections, expires_at });
  };
  const box = (name, text, checked) => h("label", { class: "check" }, h("input", { type: "checkbox", name, checked }), h("span", {}, text));
  return h("form", { submit },
    h("fieldset", {}, h("legend", {}, say("share-sections")), SECTIONS.map((name) => box(name, say(`section-${name}`), name !== "meeting"))),
    box("named", say("share-named"), false),
    h("label", { for: "share-hours" }, say("share-hours")),
    h("select", { id: "share-hours", name: "hours" }, LASTS.map((hours) => h("option", { value: hours }, say(`hours-${hours}`)))),
    h("label", { for: "share-label" }, say("share-label")),
    h("input", { id: "share-label", name: "label", maxlength: "100", autocomplete: "off" }),
    h("button", { type: "submit" }, say("share-make")));
}

/** Return a link that was just made, with all one can do with it. */
function secret({ url, kind }, say) {
  const told = h("p", { class: "told", role: "status" });
  // There is no clipboard where the address is not https.
  const copy = () => (navigator.clipboard?.writeText(url) ?? Promise.reject()).then(
    () => (told.textContent = say("copied")),
    () => (told.textContent = say("copied-not")),
  );
  const share = () => navigator.share({ url }).catch(() => {});
  return h("section", { class: "secret" },
    h("p", {}, say("link-once")),
    h("p", { class: "code" }, url),
    h("button", { type: "button", click: copy }, say("copy")),
    navigator.share ? h("button", { type: "button", class: "outline", click: share }, say("send-link")) : null,
    kind === "calendar" ? h("a", { class: "tap", href: url.replace(/^https?/, "webcal") }, say("calendar-open")) : null,
    told);
}
