/** What the page for ticks says. */

export const WORDS = {
  title: { en: "Ticks from paper", pl: "Odhaczeni na papierze" },
  "enrol-why": {
    en: "For the lists that were ticked by hand. Ask the organiser for a code: eventday enrol --role helpdesk",
    pl: "Dla list odhaczanych ręcznie. Poproś organizatora o kod: eventday enrol --role helpdesk",
  },
  "enrol-code": { en: "Code for this device", pl: "Kod dla tego urządzenia" },
  enrol: { en: "Use this device", pl: "Użyj tego urządzenia" },
  gate: { en: "List of", pl: "Lista" },
  day: { en: "Day", pl: "Dzień" },
  code: { en: "Code of a ticked row, then Enter", pl: "Kod odhaczonego wiersza, potem Enter" },
  add: { en: "Add", pl: "Dodaj" },
  wrong: {
    en: "{code}: a character is wrong; look at it again.",
    pl: "{code}: błędny znak; sprawdź jeszcze raz.",
  },
  nobody: {
    en: "{code} names nobody; look at it again.",
    pl: "{code} nie oznacza nikogo; sprawdź jeszcze raz.",
  },
  twice: { en: "{code} was typed already.", pl: "{code} już wpisano." },
  added: { en: "{code} ✓", pl: "{code} ✓" },
  sums: {
    en: "New: {fresh} · known already: {known} · waiting for a network: {waiting}",
    pl: "Nowe: {fresh} · znane wcześniej: {known} · czekają na sieć: {waiting}",
  },
  "no-gates": {
    en: "There are no gates yet. The organiser sets them up: eventday gates set",
    pl: "Nie ma jeszcze bramek. Tworzy je organizator: eventday gates set",
  },
  offline: {
    en: "No connection. What you typed is kept here and sent by itself.",
    pl: "Brak połączenia. Wpisane dane zostają tutaj i wyślą się same.",
  },
  used: {
    en: "This code cannot be used any more. Ask the organiser for another.",
    pl: "Tego kodu nie można już użyć. Poproś organizatora o inny.",
  },
  role: {
    en: "This code is not for the help desk. Ask the organiser for one with --role helpdesk.",
    pl: "To nie jest kod dla punktu pomocy. Poproś organizatora o kod z --role helpdesk.",
  },
  locked: {
    en: "This device was locked out, or its shift is over. What you typed is kept; enter a new code.",
    pl: "Urządzenie zablokowano albo zmiana się skończyła. Wpisane dane zostają; wpisz nowy kod.",
  },
  busy: {
    en: "Too many attempts. Wait a minute, then try again.",
    pl: "Za dużo prób. Odczekaj minutę i spróbuj ponownie.",
  },
  broken: { en: "That did not work; try again.", pl: "To się nie udało; spróbuj ponownie." },
};

/** What the page says of each problem. */
export const TROUBLES = {
  offline: "offline",
  "code-used": "used",
  "code-expired": "used",
  "code-revoked": "used",
  "no-such-code": "used",
  invalid: "used",
  forbidden: "role",
  unauthorized: "locked",
  "locked-out": "locked",
  "too-many-requests": "busy",
};
