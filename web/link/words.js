/** What the personal page says. */

export const WORDS = {
  title: { en: "Your badge", pl: "Twój identyfikator" },
  invite: { en: "Your badge for this event", pl: "Twój identyfikator na to wydarzenie" },
  "invite-why": {
    en: "Bring it onto this phone and show it at the door. Nothing is installed.",
    pl: "Przenieś go na ten telefon i pokaż przy wejściu. Niczego nie trzeba instalować.",
  },
  use: { en: "Use this phone", pl: "Użyj tego telefonu" },
  replaces: {
    en: "This phone shows a badge already. The one of this link replaces it here.",
    pl: "Ten telefon pokazuje już identyfikator. Ten z linku zastąpi go tutaj.",
  },
  laptop: {
    en: "On a computer? Open it on your phone: point its camera here.",
    pl: "Jesteś przy komputerze? Otwórz na telefonie: skieruj tu jego aparat.",
  },
  qr: { en: "QR code of this link", pl: "Kod QR tego linku" },
  hello: { en: "Hello {name}", pl: "Dzień dobry, {name}" },
  badge: {
    en: "Your badge with its QR code; short code {code}",
    pl: "Twój identyfikator z kodem QR; krótki kod {code}",
  },
  advice: {
    en: "Turn the screen bright at the door. Take a screenshot now: it works without a network too.",
    pl: "Przy wejściu rozjaśnij ekran. Zrób teraz zrzut ekranu: zadziała też bez sieci.",
  },
  app: { en: "Agenda and my plan", pl: "Agenda i mój plan" },
  lost: {
    en: "Lost this phone? Tell the help desk: it locks the phone out and gives you a new badge.",
    pl: "Zgubisz ten telefon? Powiedz w punkcie pomocy: zablokują go i wydadzą nowy identyfikator.",
  },
  cancelled: {
    en: "Your registration was cancelled, so there is no badge. If that is wrong, ask the organiser.",
    pl: "Twoje zgłoszenie odwołano, więc nie ma identyfikatora. Jeśli to pomyłka, zapytaj organizatora.",
  },
  again: { en: "Try again", pl: "Spróbuj ponownie" },
  "none-what": { en: "Open your personal link", pl: "Otwórz swój osobisty link" },
  "none-next": {
    en: "It is in the letter of the organiser; copy all of it. The help desk has your badge too.",
    pl: "Jest w liście od organizatora; skopiuj go w całości. Identyfikator ma też punkt pomocy.",
  },
  "offline-what": { en: "No connection", pl: "Brak połączenia" },
  "offline-next": {
    en: "Nothing is lost, and your link still works. Look for a network and try again.",
    pl: "Nic nie przepadło, a Twój link nadal działa. Znajdź sieć i spróbuj ponownie.",
  },
  "used-what": { en: "This code was used already", pl: "Ten kod został już użyty" },
  "used-next": {
    en: "It works for one phone. Ask the help desk for a new one; with an ID it takes a minute.",
    pl: "Działa dla jednego telefonu. Poproś w punkcie pomocy o nowy; z dowodem zajmie to minutę.",
  },
  "ended-what": { en: "This link no longer works", pl: "Ten link już nie działa" },
  "ended-next": {
    en: "It was withdrawn or has expired. Ask the organiser or the help desk for a new one.",
    pl: "Wycofano go albo stracił ważność. Poproś organizatora lub punkt pomocy o nowy.",
  },
  "locked-what": { en: "This phone may not show the badge any more", pl: "Ten telefon nie może już pokazywać identyfikatora" },
  "locked-next": {
    en: "Open your personal link again. If that does not help, ask the help desk.",
    pl: "Otwórz ponownie swój osobisty link. Jeśli to nie pomoże, zapytaj w punkcie pomocy.",
  },
  "unknown-what": { en: "There is no such link", pl: "Nie ma takiego linku" },
  "unknown-next": {
    en: "Perhaps a part is missing: copy all of it from the letter, or ask the help desk.",
    pl: "Może brakuje fragmentu: skopiuj cały z listu albo zapytaj w punkcie pomocy.",
  },
  "door-what": { en: "This code is not for a badge", pl: "To nie jest kod identyfikatora" },
  "door-next": {
    en: "It was for a scanner, and this phone does not become one here. Ask the organiser for another.",
    pl: "Był dla skanera, a tutaj telefon nim nie zostanie. Poproś organizatora o inny.",
  },
  "busy-what": { en: "Too many attempts", pl: "Za dużo prób" },
  "busy-next": { en: "Wait a minute, then try again.", pl: "Odczekaj minutę i spróbuj ponownie." },
  "broken-what": { en: "That did not work", pl: "To się nie udało" },
  "broken-next": {
    en: "Try again. If it stays so, the help desk has your badge too.",
    pl: "Spróbuj ponownie. Jeśli to nie minie, identyfikator ma też punkt pomocy.",
  },
};

/** What the page says of each problem. */
export const TROUBLES = {
  offline: "offline",
  "code-used": "used",
  "code-expired": "ended",
  "code-revoked": "ended",
  "locked-out": "locked",
  unauthorized: "locked",
  "no-such-code": "unknown",
  invalid: "unknown",
  forbidden: "door",
  "too-many-requests": "busy",
};
