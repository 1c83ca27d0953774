/** The help desk's search: names are asked of the server and never kept here. */

import { ask } from "../shared/api.js";
import { at, say, showChoices } from "./view.js";

/** Let the form search; a tap on somebody found hands them over. */
export function startSearch({ token, onFound }) {
  at("search-form").onsubmit = async (event) => {
    event.preventDefault();
    const trouble = event.target.querySelector(".warning");
    trouble.hidden = true;
    at("found").replaceChildren();
    try {
      const body = { q: at("wanted").value.trim() };
      const answer = await ask("v1/attendees/search", { token: token(), body });
      const people = (await answer.json()).attendees;
      showChoices(at("found"), people.map((person) => ({
        text: `${person.given_name} ${person.surname}`.trim(),
        small: [person.organisation, person.category].filter(Boolean).join(" · "),
        act() {
          at("found").replaceChildren();
          event.target.reset();
          onFound(person);
        },
      })));
      if (!people.length) [trouble.textContent, trouble.hidden] = [say("search-none"), false];
    } catch (problem) {
      // Who answers what makes no sense is somebody's Wi-Fi.
      trouble.textContent = (problem.code && problem.message) || say("needs-network");
      trouble.hidden = false;
    }
  };
}
