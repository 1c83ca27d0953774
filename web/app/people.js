/** Who wants to be found: looked up on the server each time, and kept nowhere. */

import { h, paragraphs, put } from "../shared/show.js";
import { saveFile, troubleText } from "./asking.js";
import { vcardOf } from "./vcard.js";

/** Fill the view; `request` asks as the owner, `open` shows elements in a sheet. */
export function peopleView(element, { say, request, open }) {
  const list = h("ul", { class: "list" });
  const note = h("p", { class: "quiet", role: "status" });
  const more = h("button", { type: "button", class: "outline", hidden: true }, say("people-more"));
  const query = h("input", { id: "people-query", type: "search", autocomplete: "off", enterkeyhint: "search", maxlength: "200" });
  let [words, turn] = ["", 0];

  async function look(cursor) {
    const mine = (turn += 1);
    note.textContent = say("looking");
    more.hidden = true;
    try {
      const answer = words
        ? await request("v1/directory/search", { body: { q: words, cursor } })
        : await request(`v1/directory?cursor=${cursor}`);
      const { people, next } = await answer.json();
      if (mine !== turn) return; // somebody has asked for other words since
      const rows = people.map((one) => row(one, { say, open }));
      cursor ? list.append(...rows) : list.replaceChildren(...rows);
      note.textContent = list.children.length ? "" : say(words ? "people-none" : "people-nobody");
      more.hidden = next === null;
      more.onclick = () => look(next);
    } catch (problem) {
      if (mine === turn) put(note, troubleText(problem, say, { offline: "people-offline" }));
    }
  }

  const submit = (event) => {
    event.preventDefault();
    words = query.value.trim();
    query.blur();
    look(0);
  };
  put(element,
    h("h2", { tabindex: "-1" }, say("people")),
    h("p", { class: "quiet" }, say("people-what")),
    h("form", { class: "seek", role: "search", submit },
      h("label", { class: "hidden", for: "people-query" }, say("people-search")), query,
      h("button", { type: "submit", class: "outline" }, say("find"))),
    note, list, more);
  look(0);
}

/** Return a person as others find them. */
export function personLines({ name, position, organisation, country }) {
  return [
    h("span", { class: "what" }, name),
    h("span", { class: "where" }, [position, organisation, country].filter(Boolean).join(" · ")),
  ];
}

function row(person, { say, open }) {
  return h("li", { class: "row" }, h("button", { type: "button", class: "open", click: () => open(() => detail(person, say)) }, personLines(person)));
}

function detail(person, say) {
  const { name, position, organisation, country, email, about } = person;
  const save = () => saveFile(new Blob([vcardOf(person)], { type: "text/vcard" }), `${name}.vcf`);
  return [
    h("h2", { id: "sheet-title", tabindex: "-1" }, name),
    [position, organisation, country].filter(Boolean).map((line) => h("p", { class: "where" }, line)),
    paragraphs(about),
    email && h("p", {}, h("a", { class: "tap", href: `mailto:${encodeURIComponent(email)}` }, email)),
    h("button", { type: "button", class: "outline", "data-key": "save", click: save }, say("save-contact")),
  ];
}
