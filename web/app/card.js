/** One's contact card to show to others, and what others may find in the directory. */

import { language } from "../shared/words.js";
import { h, paragraphs, put } from "../shared/show.js";
import { saveFile, troubleText } from "./asking.js";
import { personLines } from "./people.js";

const FIELDS = ["organisation", "position", "country", "email"];
/** Names the words of `listed-yes`, to which somebody agrees here; another meaning needs another name. */
const AGREED = "app-1";

/** Fill the view; `card` gives {body, at} as this phone keeps it, `renew` fetches it anew. */
export function cardView(element, { say, request, renew, card, clock }) {
  const form = h("form", {}, h("p", { class: "quiet", role: "status" }, say("looking")));
  const shown = h("div", {});
  const show = () => put(shown, picture({ say, request, card: card(), clock }));
  put(element, h("h2", { tabindex: "-1" }, say("card")), shown, h("h2", {}, say("profile")), form);
  const again = () => renew("card").then(show, () => {});
  show();
  again();
  fillForm(form, { say, request, done: again });
}

function picture({ say, request, card, clock }) {
  if (!card) return h("p", { class: "empty" }, say("card-wait"));
  const src = URL.createObjectURL(new Blob([card.body], { type: "image/svg+xml" }));
  const told = h("p", { class: "told", role: "status" });
  const save = () => request("v1/me/card.vcf")
    .then((answer) => answer.blob())
    .then((file) => saveFile(file, "card.vcf"))
    .catch((problem) => put(told, troubleText(problem, say)));
  return [
    h("p", {}, say("card-how")),
    h("img", { class: "qr", src, alt: say("card-alt") }),
    h("p", { class: "quiet" }, say("kept-since", { time: clock(card.at) })),
    h("button", { type: "button", class: "outline", click: save }, say("card-file")), told,
  ];
}

async function fillForm(form, { say, request, done }) {
  const told = h("p", { class: "told", role: "status" });
  try {
    const answers = await Promise.all(["v1/me/profile", "v1/me"].map((path) => request(path)));
    const [{ listed, fields, about }, me] = await Promise.all(answers.map((answer) => answer.json()));
    const box = (name, checked, text, note) => h("label", { class: "check" },
      h("input", { type: "checkbox", name, checked }), h("span", {}, text, note && h("span", { class: "where" }, note)));
    const preview = h("div", { class: "preview" });
    put(form,
      h("p", {}, say("profile-what")),
      h("fieldset", {}, h("legend", {}, say("profile-fields")),
        FIELDS.map((name) => box(name, fields.includes(name), say(`field-${name}`), me[name] || say("field-empty")))),
      h("label", { for: "about" }, say("about")),
      h("textarea", { id: "about", name: "about", rows: "3", maxlength: "1000" }, about),
      h("fieldset", {}, h("legend", {}, say("directory")), box("listed", listed, say("listed-yes"), say("listed-how"))),
      preview,
      h("button", { type: "submit" }, say("save")), told);
    const shown = () => put(preview, ...previewOf(read(form), me, say));
    form.addEventListener("input", shown);
    shown();
  } catch (problem) {
    return put(form, h("p", { class: "quiet" }, troubleText(problem, say)));
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    told.textContent = say("saving");
    store(read(form), request).then(done).then(
      () => (told.textContent = say("saved")),
      (problem) => put(told, troubleText(problem, say, { offline: "saved-not" })),
    );
  });
}

function read(form) {
  const data = new FormData(form);
  return { listed: data.has("listed"), fields: FIELDS.filter((name) => data.has(name)), about: data.get("about").trim() };
}

/** Store what was chosen, in such an order that nobody is ever shown more than that. */
async function store({ listed, fields, about }, request) {
  const profile = () => request("v1/me/profile", { method: "PUT", body: { fields, about } });
  const consent = () => request("v1/me/consents/listed", { method: "PUT", body: { given: listed, text_version: AGREED, language } });
  for (const step of listed ? [profile, consent] : [consent, profile]) await step();
}

function previewOf({ listed, fields, about }, me, say) {
  if (!listed) return [h("p", {}, say("preview-nobody"))];
  const shown = Object.fromEntries(FIELDS.map((name) => [name, fields.includes(name) ? me[name] : ""]));
  return [
    h("p", { class: "quiet" }, say("preview")),
    personLines({ ...shown, name: `${me.given_name} ${me.surname}`.trim() }),
    shown.email && h("p", { class: "where" }, shown.email),
    paragraphs(about),
  ];
}
