/** Being woken when something changes for the owner: asked for by a tap, never by itself. */

import { h } from "../shared/show.js";
import { base64Of } from "../shared/bytes.js";

const PATH = "v1/me/push";

/**
 * Return what subscribes this phone; `request` asks the server as its owner, `changed` is called
 * when there is something else to show.
 */
export function pushing({ request, say, changed }) {
  const isAble = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  let isOn = false;
  let trouble = "";

  async function manager() {
    return (await navigator.serviceWorker.ready).pushManager;
  }

  /** Tell the server where this phone is woken, with the key that it has now. */
  async function subscribe() {
    const { key } = await (await request("v1/push/key")).json();
    const pushes = await manager();
    let own = await pushes.getSubscription();
    if (own && base64Of(new Uint8Array(own.options.applicationServerKey)) !== key) own = void (await own.unsubscribe());
    own ??= await pushes.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    await request(PATH, { method: "PUT", body: own });
    isOn = true;
  }

  /** Be woken no more; the server learns of it when it next tries, if not now. */
  async function end() {
    await request(PATH, { method: "DELETE" }).catch(() => {});
    await unsubscribe();
  }

  async function unsubscribe() {
    isOn = false;
    await (await (await manager()).getSubscription())?.unsubscribe();
  }

  async function tap(action) {
    trouble = "";
    await action().catch(({ code }) => (trouble = code === "offline" ? "push-offline" : "push-trouble"));
    changed();
  }

  return {
    /** Say once more where this phone is woken, if it is: it may be somebody else's, or the server restored. */
    async renew() {
      if (!isAble || Notification.permission !== "granted") return;
      isOn = Boolean(await (await manager()).getSubscription());
      if (isOn) await subscribe().catch(() => {});
      changed();
    },
    /** Leave nothing that wakes this phone for who owned it. */
    forget: () => isAble && isOn && unsubscribe().catch(() => {}),
    /** Return what the owner sees of it. */
    elements() {
      if (!isAble) return h("p", { class: "why" }, say("push-none"));
      if (Notification.permission === "denied") return h("p", { class: "why" }, say("push-denied"));
      const asked = () => tap(async () => {
        if ((await Notification.requestPermission()) === "granted") await subscribe();
      });
      return [
        isOn ? h("p", { class: "why" }, say("push-is-on")) : null,
        h("button", { type: "button", class: "outline", "data-key": "push", click: isOn ? () => tap(end) : asked }, say(isOn ? "push-off" : "push-on")),
        h("p", { class: "why", role: "status" }, trouble && say(trouble)),
      ];
    },
  };
}
