/** What the page that checks certificates says. */

export const WORDS = {
  title: { en: "Check a certificate", pl: "Sprawdzanie zaświadczenia" },
  "genuine-what": { en: "This certificate is genuine", pl: "To zaświadczenie jest prawdziwe" },
  "genuine-next": {
    en: "The organiser signed exactly this:",
    pl: "Organizator podpisał dokładnie to:",
  },
  compare: {
    en: "Compare it with the paper: what differs there was not signed. Checked on this device; nothing was sent.",
    pl: "Porównaj z papierem: to, co się różni, nie zostało podpisane. Sprawdzono na tym urządzeniu; niczego nie wysłano.",
  },
  "forged-what": { en: "This certificate is not genuine", pl: "To zaświadczenie nie jest prawdziwe" },
  "forged-next": {
    en: "Its signature does not hold for this event. Do not rely on it; ask the organiser.",
    pl: "Jego podpis nie zgadza się dla tego wydarzenia. Nie polegaj na nim; zapytaj organizatora.",
  },
  "unknown_key-what": { en: "This certificate is not ours", pl: "To nie jest nasze zaświadczenie" },
  "unknown_key-next": {
    en: "This event has no such key. Look whether the address on the paper is this page’s.",
    pl: "To wydarzenie nie ma takiego klucza. Sprawdź, czy adres na papierze to adres tej strony.",
  },
  "revoked_key-what": { en: "This certificate is no longer valid", pl: "To zaświadczenie nie jest już ważne" },
  "revoked_key-next": {
    en: "The key that signed it was withdrawn. Ask its owner for a new one.",
    pl: "Klucz, którym je podpisano, wycofano. Poproś właściciela o nowe.",
  },
  "unreadable-what": { en: "This is no code of a certificate", pl: "To nie jest kod zaświadczenia" },
  "unreadable-next": {
    en: "Perhaps a part is missing: scan the QR code again, or copy all of it.",
    pl: "Może brakuje fragmentu: zeskanuj kod QR ponownie albo skopiuj go w całości.",
  },
  "offline-what": { en: "No connection", pl: "Brak połączenia" },
  "offline-next": {
    en: "This says nothing about the certificate. Look for a network and check it again.",
    pl: "To nic nie mówi o zaświadczeniu. Znajdź sieć i sprawdź ponownie.",
  },
  "cannot-what": { en: "This browser cannot check it", pl: "Ta przeglądarka nie potrafi tego sprawdzić" },
  "cannot-next": {
    en: "This says nothing about the certificate. Try a newer browser.",
    pl: "To nic nie mówi o zaświadczeniu. Spróbuj w nowszej przeglądarce.",
  },
  name: { en: "Name", pl: "Imię i nazwisko" },
  event: { en: "Event", pl: "Wydarzenie" },
  where: { en: "Where and when", pl: "Gdzie i kiedy" },
  days: { en: "Days attended", pl: "Dni obecności" },
  sessions: {
    en: "Sessions attended: {count} · {length}",
    pl: "Sesje, w których odnotowano obecność: {count} · {length}",
  },
  more: { en: "and {count} more", pl: "oraz inne: {count}" },
  organiser: { en: "Organiser", pl: "Organizator" },
  issued: { en: "Issued", pl: "Wystawiono" },
  other: { en: "Check a code", pl: "Sprawdź kod" },
  code: { en: "Code or link of the QR code", pl: "Kod lub link z kodu QR" },
  check: { en: "Check", pl: "Sprawdź" },
};
