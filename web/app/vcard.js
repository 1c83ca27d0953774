/** Somebody's contact card, of what they show in the directory: vCard 4.0 (RFC 6350). */

const LINES = [["name", "FN:"], ["organisation", "ORG:"], ["position", "TITLE:"], ["country", "ADR:;;;;;;"], ["email", "EMAIL:"], ["about", "NOTE:"]];

/** Return the card as text; what somebody does not show is not in it. */
export function vcardOf(person) {
  const lines = LINES.filter(([name]) => person[name]).map(([name, start]) => start + escaped(person[name]));
  return ["BEGIN:VCARD", "VERSION:4.0", ...lines, "END:VCARD"].map((line) => `${line}\r\n`).join("");
}

/** Return a text as a component of a value carries it (section 3.4). */
function escaped(text) {
  return text.replace(/[\\,;]/g, "\\$&").replace(/\r?\n/g, "\\n");
}
