/** Words in the reader's language: English or Polish. */

import { keep, recall } from "./kept.js";

export const language = recall("language") ?? navigator.languages
  .map((tag) => tag.slice(0, 2).toLowerCase())
  .find((tag) => tag === "pl" || tag === "en") ?? "en";

/** Return what gives the words of a key; `{name}` in them is replaced by what is given. */
export function speaker(words) {
  return (key, values = {}) =>
    words[key][language].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Put words into every element that names some with data-say, and say which language they are in. */
export function fill(say) {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
}

/** Speak the other language from now on. */
export function switchLanguage() {
  keep("language", language === "pl" ? "en" : "pl");
  location.reload();
}

/** Return a text in the reader's language from one in several. */
export function inLanguage(text) {
  return text?.[language] ?? text?.en ?? Object.values(text ?? {})[0] ?? "";
}
