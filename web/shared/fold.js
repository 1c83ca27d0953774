/** Text as it is compared: lower case, no diacritics, single spaces; łódź is lodz. */

const LETTERS = { ł: "l", đ: "d", ð: "d", ø: "o", ħ: "h", ı: "i", æ: "ae", œ: "oe", þ: "th", ß: "ss" };

/** Return a text folded, as `event.text` and `sync.replica` fold it. */
export function fold(text) {
  const lower = text.normalize("NFKD").toLowerCase().replace(/[łđðøħıæœþß]/g, (letter) => LETTERS[letter]);
  return lower.normalize("NFKD").replace(/\p{M}/gu, "").replace(/\s+/g, " ").trim();
}
