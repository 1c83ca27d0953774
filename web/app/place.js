/** The venue: where it is, how to get in, onto the Wi-Fi and out again; and this phone itself. */

import { inLanguage } from "../shared/words.js";
import { h, paragraphs } from "../shared/show.js";

const PLACES = {
  entrance: ["Entrance", "Wejście"], reception: ["Reception", "Recepcja"], cloakroom: ["Cloakroom", "Szatnia"],
  toilet: ["Toilet", "Toaleta"], "accessible-toilet": ["Accessible toilet", "Toaleta dostępna"],
  "first-aid": ["First aid", "Pierwsza pomoc"], exit: ["Exit", "Wyjście"], "assembly-point": ["Assembly point", "Miejsce zbiórki"],
  food: ["Food", "Jedzenie"], water: ["Water", "Woda"], quiet: ["Quiet room", "Pokój ciszy"], prayer: ["Prayer room", "Pokój modlitwy"],
  family: ["Family room", "Pokój rodzinny"], charging: ["Charging", "Ładowanie"], smoking: ["Smoking area", "Palarnia"],
  parking: ["Parking", "Parking"], bus: ["Bus", "Autobus"], train: ["Train", "Pociąg"], taxi: ["Taxi", "Taksówka"], other: ["", ""],
};

/** Return the elements of all venues, the legal texts and the settings. */
export function placeList({ agenda, say, language }, { files, install, leave, switchLanguage, owner, push }) {
  return [
    agenda.venues.map((venue) => venueSection(venue, { agenda, say, language, files })),
    agenda.legal.length ? [h("h2", {}, say("legal")), agenda.legal.map(({ title, body }) =>
      h("details", {}, h("summary", {}, inLanguage(title)), paragraphs(inLanguage(body))))] : null,
    h("h2", {}, say("settings")),
    h("button", { type: "button", class: "outline", "data-key": "language", click: switchLanguage }, say("other-language")),
    install ? h("button", { type: "button", class: "outline", "data-key": "install", click: install }, say("install")) : null,
    owner ? push.elements() : null,
    owner ? leave.elements() : null,
  ];
}

/** Return what opens the phone's own map at a venue; Apple's know no geo: (RFC 5870). */
function onMap({ latitude, longitude }) {
  const at = `${latitude / 1e6},${longitude / 1e6}`;
  return /iP(hone|ad|od)|Mac/.test(navigator.userAgent) ? `maps:?q=${at}` : `geo:${at}`;
}

function venueSection(venue, { agenda, say, language, files }) {
  const maps = files.filter(({ kind, venue_id: id }) => kind === "map" && (id === null || id === venue.id));
  const places = agenda.places.filter(({ venue_id: id }) => id === venue.id);
  return h("section", { class: "venue" },
    h("h2", {}, inLanguage(venue.name)),
    // Many write the town into the address, behind its postal code.
    h("p", {}, [venue.address, venue.address.endsWith(venue.city) ? "" : venue.city].filter(Boolean).join(", ")),
    venue.latitude !== null && venue.longitude !== null
      ? h("p", {}, h("a", { href: onMap(venue) }, say("on-map"))) : null,
    maps.map(({ address, alt, width, height, floor }) => h("figure", {},
      h("a", { href: address, target: "_blank" }, h("img", { src: address, alt: inLanguage(alt), width, height, loading: "lazy" })),
      inLanguage(floor) ? h("figcaption", {}, inLanguage(floor)) : null)),
    venue.wifi_network ? h("dl", { class: "wifi" }, h("dt", {}, say("wifi")), h("dd", {}, venue.wifi_network),
      venue.wifi_password ? [h("dt", {}, say("password")), h("dd", { class: "code" }, venue.wifi_password)] : null) : null,
    ["wifi", "transport", "emergency", "accessibility"].map((name) => {
      const text = inLanguage(venue[name]);
      return text ? [name === "wifi" ? null : h("h3", {}, say(name)), paragraphs(text)] : null;
    }),
    places.length ? [h("h3", {}, say("places")), h("ul", { class: "places" }, places.map((place) => h("li", {},
      h("strong", {}, inLanguage(place.name) || kindName(place.kind, language)),
      h("span", { class: "where" }, [kindName(place.kind, language), inLanguage(place.floor), inLanguage(place.description)].filter(Boolean).join(" · ")))))] : null);
}

function kindName(kind, language) {
  return (PLACES[kind] ?? PLACES.other)[language === "pl" ? 1 : 0];
}
