/** Elements from values: text is always text, never markup. */

/**
 * Return an element. Of its attributes a function is a listener, true a bare one, and false or null
 * none; `color` becomes the style's --color.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "color") value && element.style.setProperty("--color", value);
    else if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Put other elements into one; what had the focus has it again, if it is still there. */
export function put(element, ...children) {
  const key = document.activeElement?.dataset.key;
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (key && element.querySelector) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** Return a text's paragraphs. */
export function paragraphs(text) {
  return text.split(/\n\s*\n/).filter((part) => part.trim()).map((part) => h("p", {}, part.trim()));
}
