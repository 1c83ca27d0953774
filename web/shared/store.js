/** What stays on a device: IndexedDB, one database for each event of a server. */

const STORES = ["rows", "facts", "items"];

/** Open the database of a name. */
export async function open(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const store of STORES) request.result.createObjectStore(store);
  };
  return storeOf(await done(request));
}

/** Forget a database of a name and all that is in it. */
export function drop(name) {
  return done(indexedDB.deleteDatabase(name));
}

function storeOf(db) {
  // Nobody waits for us who wants to forget all of it.
  db.onversionchange = () => db.close();
  return {
    /** Return everything: {rows: Map, facts: Map, items: Map}. */
    async load() {
      const tx = db.transaction(STORES);
      const pairs = STORES.map(async (name) => {
        const [keys, values] = [tx.objectStore(name).getAllKeys(), tx.objectStore(name).getAll()];
        const found = await Promise.all([done(keys), done(values)]);
        return [name, new Map(found[0].map((key, at) => [key, found[1][at]]))];
      });
      return Object.fromEntries(await Promise.all(pairs));
    },

    /** Write maps of values by store, null for what goes; it is on the disk when this returns. */
    save(changes, { fresh = [] } = {}) {
      const tx = db.transaction(STORES, "readwrite", { durability: "strict" });
      for (const name of fresh) tx.objectStore(name).clear();
      for (const [name, values] of Object.entries(changes)) {
        const store = tx.objectStore(name);
        for (const [key, value] of values) value === null ? store.delete(key) : store.put(value, key);
      }
      return new Promise((resolve, reject) => {
        tx.oncomplete = () => resolve();
        tx.onabort = () => reject(tx.error); // a request that failed aborts, and only then it says why
      });
    },

    close() {
      db.close();
    },
  };
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
