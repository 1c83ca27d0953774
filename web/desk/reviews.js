/** Imports that wait for a review: who brought which file, what it would change, which rows are taken. */

import { inLanguage } from "../shared/words.js";
import { h } from "../shared/show.js";
import { DIFFERENCES, FIELDS, THINGS } from "./words.js";

/** Return the files that wait, each to be opened with one tap; nothing while there are none. */
export function waiting({ say, moment }, reviews, open) {
  if (!reviews.length) return [];
  return [h("h2", {}, say("reviews")), h("ul", {}, reviews.map((review) => h("li", { class: "row" },
    h("button", { type: "button", class: "open", "data-key": `review-${review.id}`, click: () => open(review) },
      h("span", { class: "what" }, review.name), h("span", { class: "where" }, broughtBy(review, moment))))))];
}

const broughtBy = ({ at, by }, moment) => `${moment(at)} · ${by}`;

/**
 * Return what a file would change, row by row. What is marked is left until somebody ticks it;
 * `taken` says of rows that were seen before whether they were ticked, and is kept up to date.
 */
export function reviewed({ say, moment }, review, { taken, accept, drop }) {
  const rows = review.rows.map((row, n) => ({ row, box: h("input", { id: `row-${n}`, type: "checkbox", checked: taken.get(row.key) ?? !row.marked }) }));
  const publish = h("button", { type: "button", click: () => accept([...taken].filter(([, is]) => is).map(([key]) => key)) });
  const count = () => {
    taken.clear();
    for (const { row, box } of rows) taken.set(row.key, box.checked);
    const n = rows.filter(({ box }) => box.checked).length;
    publish.textContent = say("review-publish", { n, all: rows.length });
    publish.disabled = !n;
  };
  /** Tick a row; two things of one name are one difference to the server. */
  const ticked = ({ row: { key }, box: { checked } }) => {
    for (const { row, box } of rows) if (row.key === key) box.checked = checked;
    count();
  };
  const all = (is) => {
    for (const { row, box } of rows) box.checked = is(row);
    count();
  };
  const small = (name, click) => h("button", { type: "button", class: "outline", click }, say(name));
  const refuse = small("review-drop", ({ target }) => {
    if (target.dataset.sure) return drop();
    target.dataset.sure = "yes";
    target.textContent = say("review-drop-sure");
  });
  const hasMarks = rows.some(({ row }) => row.marked);
  count();
  return [
    h("p", { class: "quiet" }, broughtBy(review, moment)),
    rows.length ? [
      h("p", {}, say("review-why")),
      hasMarks ? h("p", { class: "warning" }, say("review-marked")) : null,
      h("div", { class: "chips" }, small(hasMarks ? "review-all-but" : "review-all", () => all((row) => !row.marked)), small("review-none", () => all(() => false))),
      h("ul", { class: "changes", "aria-label": say("review-rows") }, rows.map((one) => {
        one.box.addEventListener("change", () => ticked(one));
        return h("li", {}, h("label", { class: "check", for: one.box.id }, one.box, difference(one.row)));
      })),
      h("div", { class: "actions" }, publish),
    ] : h("p", {}, say("nothing")),
    refuse,
  ];
}

function difference({ kind, what, title, detail, marked }) {
  const thing = inLanguage(THINGS[what] ?? { en: what });
  const words = kind === "changed" ? detail.split(", ").map(named).join(", ") : detail.replace(/(?<=, )a draft$/, named);
  return h("span", {}, h("b", {}, marked ? "▲ " : null, inLanguage(DIFFERENCES[kind])), " ", title || thing,
    h("span", { class: "where" }, [thing, words].filter(Boolean).join(" · ")));
}

const named = (field) => inLanguage(FIELDS[field] ?? { en: field });
