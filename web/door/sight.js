/** The camera at the door, its light, and what stands under it: why it sees nothing, or that it waits. */

import { watch } from "./camera.js";
import { at, say } from "./view.js";

/** Return {look, stop, hint, light}; `isWaiting` says that a question is to be answered first. */
export function startSight({ onText, isPaused, isWaiting }) {
  let camera = null;
  let blind = ""; // the word for why nothing is seen

  /** Let the camera look; where it may not or cannot, say so until it does. */
  async function look() {
    stop();
    blind = "";
    try {
      camera = await watch(at("video"), onText, { isPaused, onLost });
      at("torch").hidden = !camera.torch;
    } catch (problem) {
      blind = problem.name === "NotAllowedError" ? "hint-denied" : "hint-none";
    }
    hint();
  }

  function stop() {
    camera?.stop();
    camera = null;
  }

  /** Go on when the camera was taken away: by another app, or because the phone was in a pocket. */
  function onLost() {
    blind = "hint-none";
    hint();
    if (!document.hidden) look();
  }

  function hint() {
    at("hint").textContent = isWaiting() ? say("hint-paused") : blind && say(blind);
  }

  /** Turn the light on or off. */
  async function light() {
    const on = at("torch").getAttribute("aria-pressed") !== "true";
    await camera?.torch?.(on);
    at("torch").setAttribute("aria-pressed", String(on));
  }

  // Meanwhile a camera may have been allowed, or come back.
  document.addEventListener("visibilitychange", () => !document.hidden && blind && !at("door").hidden && look());
  return { look, stop, hint, light };
}
