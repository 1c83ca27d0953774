/** The camera: texts of QR codes, each once while it stays in sight. */

const PACKAGE = new URL("../node_modules/zxing-wasm/dist/", import.meta.url);
/** Milliseconds between looks; and until a code that went away is new again. */
const [PAUSE, GONE] = [80, 1_500];

/** Return {stop, torch} of a camera that shows in `video`; throws where none may be used. */
export async function watch(video, onText, { isPaused, onLost }) {
  const wanted = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  video.srcObject = stream;
  await video.play();
  const [track] = stream.getVideoTracks();
  // Another app, or a phone that was put away, may take the camera; `stop` does not end a track so.
  track.onended = onLost;
  const find = await finder();
  let [running, seen, seenAt] = [true, "", 0];

  async function look() {
    if (!running) return;
    if (!document.hidden && !isPaused() && video.readyState >= 2) {
      const text = await find(video).catch(() => null);
      const now = performance.now();
      if (text && (text !== seen || now - seenAt > GONE) && !isPaused()) onText(text);
      if (text) [seen, seenAt] = [text, now];
    }
    setTimeout(look, PAUSE);
  }
  look();

  return {
    stop() {
      running = false;
      for (const one of stream.getTracks()) one.stop();
      video.srcObject = null;
    },
    torch: track.getCapabilities?.().torch
      ? (on) => track.applyConstraints({ advanced: [{ torch: on }] })
      : null,
  };
}

/** Say whether this browser can read QR codes; the first answer may take a moment. */
export function canRead() {
  return finder().then(() => true, () => false);
}

let found = null;

/** Return what finds a code's text in a video, null if there is none: the browser's or a package's. */
function finder() {
  found ??= chosen();
  found.catch(() => (found = null));
  return found;
}

async function chosen() {
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => []);
  if (formats?.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  }
  const { prepareZXingModule, readBarcodes } = await import(new URL("es/reader/index.js", PACKAGE));
  // By itself the package would ask a CDN.
  const locateFile = (name) => new URL(`reader/${name}`, PACKAGE).href;
  await prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    context.drawImage(video, 0, 0);
    const picture = context.getImageData(0, 0, canvas.width, canvas.height);
    const how = { formats: ["QRCode"], maxNumberOfSymbols: 1 };
    const [code] = await readBarcodes(picture, how);
    return code?.isValid ? code.text : null;
  };
}
