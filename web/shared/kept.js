/** What this phone keeps, apart for each event that a server has. */

const prefix = `eventday:${new URL(".", location.href).pathname}`;

/** Return what is kept under a name, null if nothing is. */
export function recall(name) {
  return localStorage.getItem(prefix + name);
}

/** Keep a text under a name. */
export function keep(name, text) {
  localStorage.setItem(prefix + name, text);
}

/** Forget what is kept under a name. */
export function forget(name) {
  localStorage.removeItem(prefix + name);
}

/** Return the UUID by which this phone calls itself, or a page on it that is a device of its own. */
export function deviceId(name = "device") {
  if (!recall(name)) keep(name, randomUuid());
  return recall(name);
}

/** Return a random UUID (RFC 9562, version 4); crypto.randomUUID wants https. */
export function randomUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
