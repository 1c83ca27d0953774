/** One session, whole: when and where, what of, who, and what one may do about it. */

import { inLanguage, language } from "../shared/words.js";
import { stateOf } from "./list.js";
import { bookingText, momentOf, titleOf } from "./mine.js";
import { h, paragraphs } from "../shared/show.js";

const SAFE = /^https?:\/\//;

/** Return the elements of a session; `held` are seats that clash with it, and `told` what became of swapping one. */
export function sessionDetail({ times, now, say }, session, { isMarked, booking, ended, offer, held, told, said, star, book, swap, feedback }) {
  const title = inLanguage(session.title);
  return [
    h("h2", { id: "sheet-title", tabindex: "-1" }, title),
    session.subtitle && h("p", { class: "subtitle" }, inLanguage(session.subtitle)),
    h("p", { class: "where" }, `${times.long(session.starts_at)}, ${times.span(session)}`),
    h("p", { class: "where" }, [inLanguage(session.room?.name), inLanguage(session.room?.floor), inLanguage(session.venue?.name)].filter(Boolean).join(" · ")),
    stateOf(session, say),
    h("button", { type: "button", class: "outline", "data-key": "detail-star", "aria-pressed": String(isMarked), click: () => star(session.id, !isMarked) },
      say(isMarked ? "out-of-plan" : "into-plan")),
    ended && !booking ? h("p", { class: "booking" }, say(`ended-${ended.reason}`)) : null,
    seat({ times, now, say }, session, { booking, offer, held, book, swap }),
    h("p", { class: "told", role: "status" }, told),
    paragraphs(inLanguage(session.abstract)),
    session.languages.length ? h("p", { class: "quiet" }, say("languages", { list: languagesOf(session) })) : null,
    session.parts.length ? [h("h3", {}, say("parts")), h("ul", { class: "parts" }, session.parts.map((part) => partRow(part, times, say)))] : null,
    session.speakers.length ? [h("h3", {}, say("speakers")), session.speakers.map(speakerRow)] : null,
    linksOf(session, say),
    feedback && session.starts_at <= now && session.state !== "cancelled" ? opinion(session, { say, said, feedback }) : null,
  ];
}

function partRow(part, times, say) {
  const names = part.speakers.map(({ name }) => name).join(", ");
  return h("li", { "data-state": part.state },
    h("span", { class: "when" }, times.span(part)),
    h("span", {}, h("span", { class: "what" }, inLanguage(part.title)), names && h("span", { class: "where" }, names), stateOf(part, say)));
}

function speakerRow({ name, organisation, position, biography }) {
  const more = paragraphs(inLanguage(biography));
  const head = [h("strong", {}, name), h("span", { class: "where" }, [inLanguage(position), organisation].filter(Boolean).join(", "))];
  return more.length ? h("details", {}, h("summary", {}, head), more) : h("p", { class: "speaker" }, head);
}

function linksOf({ links, attachments, url }, say) {
  const all = [...(url ? [{ url, title: {} }] : []), ...links, ...attachments].filter((link) => SAFE.test(link.url));
  if (!all.length) return null;
  const items = all.map((link) => h("li", {}, h("a", { href: link.url, rel: "noreferrer", target: "_blank" }, inLanguage(link.title) || new URL(link.url).host)));
  return [h("h3", {}, say("links")), h("ul", { class: "links" }, items)];
}

/** Return what to do about a seat, where places are limited. */
function seat({ times, now, say }, { id, title, ends_at }, { booking, offer, held, book, swap }) {
  if (!offer && !booking) return null;
  const isPast = (moment) => Boolean(moment) && Date.parse(moment) / 1000 <= now;
  const take = (text, ...more) => answered(offer?.questions ?? [], [[text, (answers) => book(id, true, answers)], ...more]);
  const swaps = held.map((entry) => [say("swap", { from: titleOf(entry, say), to: inLanguage(title) }), (answers) => swap(entry.number, answers)]);
  const takeOrSwap = (text) => [swaps.length ? h("p", { class: "why" }, say("swap-how")) : null, take(text, ...swaps)];
  const giveBack = () => h("button", { type: "button", class: "outline", "data-key": "give-back", click: () => book(id, false) }, say("unbook"));
  const state = booking && h("p", { class: "booking" }, bookingText(booking, times, say));
  if (booking?.state === "offered") {
    return [state, takeOrSwap(say("accept-offer", { time: momentOf(booking.offered_until, times) })), giveBack()];
  }
  // Who came instead of somebody else, or was asked more since.
  const owes = booking?.unanswered?.length > 0 && now < ends_at;
  if (booking) return [state, owes ? [h("p", {}, say("answers-owed")), take(say("answers-send"))] : null, giveBack()];
  if (offer.opens_at && !isPast(offer.opens_at)) return h("p", { class: "booking" }, say("booking-opens", { time: momentOf(offer.opens_at, times) }));
  if (isPast(offer.closes_at)) return h("p", { class: "booking" }, say("booking-closed"));
  if (offer.left === 0) return offer.waitlist ? take(say("book-wait")) : h("p", { class: "booking" }, say("booking-full"));
  return takeOrSwap(offer.left === null ? say("book") : say("book-left", { n: offer.left }));
}

/**
 * Return what may be done, each [text, act], after what is asked of who does; what is answered goes
 * to the organiser alone.
 */
function answered(asked, acts) {
  const button = ([text, act], n) => h("button", {
    type: asked.length ? "submit" : "button", class: n ? "outline" : "", value: n, "data-key": `take-${n}`, click: asked.length ? null : () => act(),
  }, text);
  if (!asked.length) return acts.map(button);
  const inputs = asked.map(({ id, label, required }) => [h("label", { for: `answer-${id}` }, inLanguage(label)),
    h("input", { id: `answer-${id}`, name: id, required, maxlength: 500, autocomplete: "off" })]);
  const submit = (event) => {
    event.preventDefault();
    const [, act] = acts[event.submitter.value];
    act(Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim())));
  };
  return h("form", { class: "opinion", submit }, inputs, acts.map(button));
}

/** Return five stars and a word for the organiser. */
function opinion({ id }, { say, said, feedback }) {
  const text = h("textarea", { id: "opinion", rows: "3", maxlength: "2000" }, said?.text ?? "");
  const rates = [1, 2, 3, 4, 5].map((n) => h("label", {},
    h("input", { type: "radio", name: "rating", value: n, required: true, checked: said?.rating === n }),
    h("span", { "aria-hidden": "true" }, "★"), h("span", { class: "hidden" }, say("rate", { n }))));
  const done = h("p", { role: "status" }, said ? say("feedback-thanks") : "");
  const submit = (event) => {
    event.preventDefault();
    const rating = Number(new FormData(event.target).get("rating"));
    feedback(id, { rating, ...(text.value.trim() && { text: text.value.trim() }) }).then(() => (done.textContent = say("feedback-thanks")));
  };
  return h("form", { class: "opinion", submit },
    h("fieldset", {}, h("legend", {}, say("feedback")), h("div", { class: "rates" }, rates)),
    h("label", { for: "opinion" }, say("feedback-text")), text,
    h("button", { type: "submit", class: "outline" }, say("send")), done);
}

function languagesOf({ languages }) {
  const names = new Intl.DisplayNames([language], { type: "language" });
  return languages.map((tag) => names.of(tag)).join(", ");
}
