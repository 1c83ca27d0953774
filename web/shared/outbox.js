/** What a device did and has to tell: items, batches and receipts (docs/sync.md, "Outbox"). */

const MOST = 200;
const LARGEST = 900_000;

/** Random once a start: the same in all ids of a batch, it costs no bytes when that is zipped. */
const node = crypto.getRandomValues(new Uint8Array(8));
let count = 0;

/** Return a UUIDv7 of a moment in Unix milliseconds, with a counter (RFC 9562, section 6.2). */
export function uuid7(t) {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(t) << 16n) | BigInt(0x7000 | (count & 0xfff)));
  count += 1;
  bytes.set(node, 8);
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Return the body of the next request and the items in it, oldest first; null when all are sent. */
export function batch(items, envelope) {
  const due = items.filter((item) => !item.sent).sort((one, other) => one.n - other.n);
  if (!due.length) return null;
  let some = due.slice(0, MOST);
  for (;;) {
    const waiting = due.length - some.length;
    const body = { ...envelope, waiting, items: some.map((item) => shortened(item, envelope)) };
    const text = JSON.stringify(body);
    if (text.length < LARGEST || some.length === 1) return { text, items: some };
    some = some.slice(0, some.length >> 1);
  }
}

/** Return the items that a batch's receipts are for, as they are to be kept from now on. */
export function receipted(items, { received_at, receipts }) {
  return receipts.map((receipt, at) => {
    const { payload, ...item } = items[at];
    // A full code was for the server's eyes; the fingerprint stays.
    const { code, ...kept } = payload;
    return { ...item, payload: kept, sent: received_at, trouble: receipt.code ?? "" };
  });
}

/** Return a text as gzip. */
export async function zipped(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).blob();
}

/** Return an item without the times that follow from its id and its batch. */
function shortened(item, { boot, sent_at, sent_mono }) {
  const { id, n, kind, payload } = item;
  if (item.boot !== boot) return { id, n, kind, payload, boot: item.boot, mono: item.mono };
  const moved = item.t - item.mono - sent_at + sent_mono;
  return { id, n, kind, payload, ...(Math.abs(moved) > 50 && { mono: item.mono }) };
}
