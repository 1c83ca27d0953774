/** A tone and a shake for each verdict: unlike each other also for who cannot look. */

import { keep, recall } from "../shared/kept.js";

/** Notes as [hertz, start, length] in seconds, the wave, and the shaking in milliseconds. */
const LOOKS = {
  admitted: { wave: "sine", notes: [[660, 0, 0.12], [990, 0.12, 0.2]], shake: [60] },
  repeat: { wave: "sine", notes: [[520, 0, 0.08], [520, 0.16, 0.08]], shake: [40, 80, 40] },
  ask: { wave: "triangle", notes: [[440, 0, 0.15], [550, 0.2, 0.15], [440, 0.4, 0.15]], shake: [120, 80, 120] },
  refused: { wave: "square", notes: [[170, 0, 0.55]], shake: [500] },
};
let context = null;

/** Say whether tones are on. */
export function isOn() {
  return recall("sound") !== "off";
}

/** Turn tones on or off. */
export function turn(on) {
  keep("sound", on ? "on" : "off");
}

/** Wake the sound up; browsers want that to come from a tap. */
export function wake() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
}

/** Play what belongs to a look. */
export function play(look) {
  const tune = LOOKS[look];
  if (!tune) return;
  navigator.vibrate?.(tune.shake);
  if (!context || !isOn()) return;
  for (const [hertz, start, length] of tune.notes) {
    const [tone, gain] = [context.createOscillator(), context.createGain()];
    const from = context.currentTime + start;
    tone.type = tune.wave;
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(0.35, from);
    gain.gain.exponentialRampToValueAtTime(0.001, from + length);
    tone.connect(gain).connect(context.destination);
    tone.start(from);
    tone.stop(from + length);
  }
}
