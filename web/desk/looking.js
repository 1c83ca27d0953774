/** What is looked at before it is published: the basket, a plan, a file to review. */

import { randomUuid } from "../shared/kept.js";
import { h } from "../shared/show.js";
import { versionsOf, words } from "./operations.js";
import { previewed } from "./preview.js";
import { reviewed } from "./reviews.js";
import { read, send } from "./server.js";

const HOLD = 60;

/**
 * Return what shows each of them in the sheet. `load` gets the agenda anew; `act` does what is waited
 * for, or looks `again` when a colleague edited it since; `done` and `emptied` go on when it is done.
 */
export function looks({ sheet, opened, say, moment, agenda, basket, load, act, changed, done, emptied }) {
  /** Sends the basket as it is. */
  let sendBasket = null;

  /** Make the basket another request than before. */
  function anew() {
    const id = randomUuid();
    sendBasket = guarded((more) => send("v1/agenda/edits", { ...basket.body({ id }), ...more }));
    changed();
  }

  /**
   * Return what sends edits, first as a dry run: nobody publishes over what a colleague edited since.
   * The versions are those of the first look, so that the same request asks again for a lost answer.
   */
  function guarded(edits) {
    let seen = null;
    return async (more) => {
      if (!more.dry_run) return edits({ if_version: seen, ...more });
      await load();
      const answer = await edits(more);
      seen ??= versionsOf(answer.changes, agenda().sessions);
      return answer;
    };
  }

  /** Show what `publish` would do, and what can be done with it; `after` it was done; `again` with why. */
  function preview(publish, { after, again, why, more = [] }) {
    opened.show(say("preview"), why);
    act(async () => {
      const answer = await publish({ dry_run: true });
      if (!sheet.open) return;
      opened.show(say("preview"), why, previewed(answer, { agenda: agenda(), say }),
        h("button", { type: "button", click: () => act(async () => (await publish({}), after("published")), again) }, say("publish")), more);
    });
  }

  function ofPlan(plan, why) {
    const fire = guarded((more) => send(`v1/plans/${plan.id}/fire`, { even_if_edited: true, ...more }));
    preview(fire, { after: done, again: (since) => ofPlan(plan, since), why });
  }

  function ofBasket(why) {
    const name = h("input", { id: "plan-name", maxlength: 100 });
    const keepAsPlan = async () => {
      if (!name.value.trim()) return name.focus();
      await send("v1/plans", { name: words({ [document.documentElement.lang]: name.value }), operations: basket.body().operations });
      emptied();
    };
    const one = ({ label }, where) => h("button", { type: "button", class: "plain", click: () => {
      basket.drop(where);
      anew();
      basket.all().length ? ofBasket() : sheet.close();
    } }, say("drop-one", { what: label }));
    const again = (since) => (anew(), ofBasket(since));
    preview(sendBasket, { after: emptied, again, why, more: [
      h("button", { type: "button", class: "outline", click: () => act(async () => (await sendBasket({ hold: HOLD }), emptied()), again) }, say("hold", { n: HOLD })),
      basket.all().map(one),
      h("label", { for: "plan-name" }, say("plan-name")), name,
      h("button", { type: "button", class: "outline", click: () => act(keepAsPlan) }, say("save-plan")),
    ] });
  }

  /** Show what a file would change; `taken` says which rows were ticked when it was shown before. */
  function ofReview(review, taken = new Map(), why = null) {
    opened.show(review.name, why);
    let busy = false;
    const once = async (action) => {
      if (busy) return;
      busy = true;
      await act(action, (since) => ofReview(review, taken, since));
      busy = false;
    };
    act(async () => {
      const found = await read(`v1/reviews/${review.id}`);
      if (!sheet.open) return;
      opened.show(review.name, why, reviewed({ say, moment }, found, {
        taken,
        accept: (keys) => once(async () => (await send(`v1/reviews/${review.id}`, { accept: keys }), done("published"))),
        drop: () => once(async () => (await send(`v1/reviews/${review.id}`, {}, "DELETE"), done())),
      }));
    });
  }

  return { anew, ofBasket, ofPlan, ofReview };
}
