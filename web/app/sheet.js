/** What somebody looks at closely: a sheet over the page, kept up to date while it is open. */

import { put } from "../shared/show.js";

/** Return {open, refresh} of a dialog; its heading is the element "sheet-title". */
export function sheetIn(dialog) {
  const body = dialog.querySelector("div");
  let make = null;
  dialog.onclose = () => (make = null);

  /** Show what has become of it; it closes when it is there no more. */
  function refresh() {
    if (!make) return;
    // Somebody may be writing.
    if (dialog.open && document.activeElement?.closest("dialog :is(form, details:has(form))")) return;
    const elements = make();
    if (elements) put(body, elements);
    else if (dialog.open) dialog.close();
    else make = null;
  }

  return {
    /** Open what `made` returns the elements of, null once it is gone. */
    open(made) {
      make = made;
      refresh();
      if (!make) return; // it was gone before it was opened
      if (!dialog.open) dialog.showModal();
      dialog.scrollTo(0, 0);
      body.querySelector("h2")?.focus();
    },
    refresh,
  };
}
