/** Whether a key signed a message: WebCrypto where it knows Ed25519, else a package. */

const PRIME = 2n ** 255n - 19n;
const EIGHTH = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const WEAK = new Set([0n, 1n, PRIME - 1n, EIGHTH, PRIME - EIGHTH]);
/** The order of the base point (RFC 8032, section 5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const PACKAGE = new URL("../node_modules/@noble/ed25519/index.js", import.meta.url);
const keys = new Map();

/** Say whether a key (32 bytes) signed a message; strictly, and no point of small order did. */
export async function verifies(key, signature, message) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const y = number(key) % 2n ** 255n;
  if (y >= PRIME || WEAK.has(y) || number(signature.subarray(32)) >= ORDER) return false;
  const imported = await importedKey(key);
  if (imported) return crypto.subtle.verify("Ed25519", imported, signature, message);
  const { verifyAsync } = await import(PACKAGE);
  return verifyAsync(signature, message, key, { zip215: false }).catch(() => false);
}

/** Say whether this browser can verify at all. */
export async function canVerify() {
  if (!globalThis.crypto?.subtle) return false;
  const generator = Uint8Array.from({ length: 32 }, (_, at) => (at ? 0x66 : 0x58));
  if (await importedKey(generator)) return true;
  return import(PACKAGE).then(() => true, () => false);
}

/** Return a key as WebCrypto wants it, null where it knows no Ed25519 or this is no point. */
async function importedKey(key) {
  const name = key.join();
  if (!keys.has(name)) {
    const made = crypto.subtle.importKey("raw", key, "Ed25519", true, ["verify"]);
    keys.set(name, await made.catch(() => null));
  }
  return keys.get(name);
}

function number(littleEndian) {
  return littleEndian.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
