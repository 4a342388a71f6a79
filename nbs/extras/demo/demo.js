import * as ort from "./ort.wasm.bundle.min.mjs";
import { enlarge, networkInput, paintGrey, paintMap, topRegions } from "./saliency.js";

const LARGEST_SIDE = 1024;  // of the picture that is shown and of its map, pixels
const element = (id) => document.getElementById(id);
const status = element("status"), canvas = element("canvas"), video = element("video");
const brush = canvas.getContext("2d", { willReadFrequently: true });

let settings, session, shown = null, camera = null, busy = false;

function say(text, failed = false) {
  status.textContent = text;
  status.classList.toggle("failed", failed);
}

async function load() {
  settings = await (await fetch("settings.json")).json();
  ort.env.wasm.wasmPaths = { wasm: new URL("ort-wasm-simd-threaded.wasm", import.meta.url).href };
  ort.env.wasm.numThreads = 1;  // more need headers that a plain static server does not send
  session = await ort.InferenceSession.create("model.onnx", { executionProviders: ["wasm"] });
  await predict(new ImageData(settings.columns, settings.rows));  // the first run allocates memory
  const about = `Network: ${settings.model}, ${(settings.model_bytes / 1e6).toFixed(1)} MB, salgan ${settings.version}.`;
  element("about").textContent = `${about} It sees ${settings.columns}x${settings.rows} pixels.`;
  for (const { file, name } of settings.examples) addExample(file, name);
  say("Ready. Choose a photograph.");
}

function addExample(file, name) {
  const button = document.createElement("button"), image = document.createElement("img");
  button.type = "button";
  image.src = file;
  image.alt = `Example: ${name}`;
  button.append(image);
  button.addEventListener("click", async () => showFile(await (await fetch(file)).blob(), name));
  element("examples").append(button);
}

// The map (rows x columns) of a picture, and the milliseconds that it took.
async function predict(picture) {
  const { rows, columns } = settings, begun = performance.now();
  const planes = networkInput(picture.data, picture.width, picture.height, columns, rows);
  const image = new ort.Tensor("float32", planes, [1, 3, rows, columns]);
  const { saliency } = await session.run({ image });
  return { map: saliency.data, milliseconds: performance.now() - begun };
}

// The pixels of an image or a video frame, at most LARGEST_SIDE a side.
function pixelsOf(source, width, height) {
  const factor = Math.min(1, LARGEST_SIDE / Math.max(width, height));
  const size = [width, height].map((side) => Math.max(1, Math.round(side * factor)));
  const board = new OffscreenCanvas(...size), pen = board.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, 0, 0, ...size);
  return pen.getImageData(0, 0, ...size);
}

async function showPicture(picture) {
  const { map, milliseconds } = await predict(picture);
  const large = enlarge(map, settings.columns, settings.rows, picture.width, picture.height);
  shown = { picture, map: large, regions: topRegions(large, picture.width, picture.height), milliseconds };
  draw();
  document.dispatchEvent(new CustomEvent("saliency", { detail: shown }));
}

async function showFile(blob, name) {
  stopCamera();
  if (!session) { say("The network is still being loaded: try again in a moment.", true); return; }
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    say(`${name} cannot be read as a picture by this browser. Try a JPEG, PNG or WebP file.`, true);
    return;
  }
  await showPicture(pixelsOf(bitmap, bitmap.width, bitmap.height));
  const words = shown.regions.length ? `Most salient: ${placeOf(shown.regions[0])}.` : "No region stands out.";
  say(`${name}: map computed in ${Math.round(shown.milliseconds)} ms. ${words}`);
}

// Where a region lies, in words.
function placeOf(region) {
  const { width, height } = shown.picture, third = (place, side) => Math.min(2, Math.floor((3 * place) / side));
  const row = ["upper", "middle", "lower"][third(region.y, height)];
  const column = ["left", "centre", "right"][third(region.x, width)];
  return row === "middle" && column === "centre" ? "the middle" : `${row} ${column}`;
}

function draw() {
  const { picture, map, regions } = shown;
  canvas.width = picture.width;
  canvas.height = picture.height;
  const painted = new ImageData(new Uint8ClampedArray(picture.data), picture.width);
  const view = document.querySelector("input[name=view]:checked").value;
  if (view === "map") paintGrey(painted.data, map);
  else paintMap(painted.data, map, element("strength").value / 100, settings.colours);
  brush.putImageData(painted, 0, 0);
  if (element("boxes").checked) regions.forEach(drawBox);
  element("regions").replaceChildren(...regions.map((region) => {
    const line = document.createElement("li");
    const percent = Math.round(100 * region.share) || "less than 1";
    line.textContent = `${placeOf(region)}: ${percent} % of all saliency`;
    return line;
  }));
  const list = regions.map((region, k) => `${k + 1}, ${placeOf(region)}`).join("; ");
  canvas.setAttribute("aria-label", `The photograph with its saliency map. Most salient regions: ${list || "none"}.`);
  element("result").hidden = false;
}

function drawBox(region, index) {
  const unit = Math.max(1, canvas.width / 400);
  brush.lineWidth = 2 * unit;
  brush.strokeStyle = "white";
  brush.strokeRect(region.left, region.top, region.right - region.left + 1, region.bottom - region.top + 1);
  brush.font = `bold ${14 * unit}px system-ui, sans-serif`;
  brush.fillStyle = "white";
  brush.strokeStyle = "black";
  brush.lineWidth = 3 * unit;
  const at = [region.left + 4 * unit, region.top + 16 * unit];
  brush.strokeText(index + 1, ...at);
  brush.fillText(index + 1, ...at);
}

async function startCamera() {
  if (camera) return;
  try {
    camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (reason) {
    say(`The camera cannot be used (${reason.name}). Allow it in the browser, or choose a photograph.`, true);
    return;
  }
  video.srcObject = camera;
  await video.play();
  element("stop").hidden = false;
  requestAnimationFrame(nextFrame);
}

async function nextFrame() {
  if (!camera) return;
  if (!busy && video.videoWidth) {
    busy = true;
    await showPicture(pixelsOf(video, video.videoWidth, video.videoHeight));
    say(`Camera: ${Math.round(shown.milliseconds)} ms for each picture.`);
    busy = false;
  }
  requestAnimationFrame(nextFrame);
}

function stopCamera() {
  if (!camera) return;
  camera.getTracks().forEach((track) => track.stop());
  camera = null;
  element("stop").hidden = true;
  say("The camera is off; its last picture is shown.");
}

const drop = element("drop");
element("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) showFile(file, file.name);
  event.target.value = "";  // the same file may be chosen again
});
element("camera").addEventListener("click", startCamera);
element("stop").addEventListener("click", stopCamera);
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((f) => f.type.startsWith("image/"));
  if (file) showFile(file, "The pasted picture");
});
document.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
document.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) showFile(file, file.name);
});
for (const control of ["strength", "boxes"]) element(control).addEventListener("input", () => shown && draw());
document.querySelectorAll("input[name=view]").forEach((radio) => radio.addEventListener("change", () => shown && draw()));
element("strength").addEventListener("input", (event) => { element("strength-value").textContent = `${event.target.value} %`; });
element("save").addEventListener("click", () => canvas.toBlob((blob) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "saliency.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}));

load().catch((reason) => {
  const opened = location.protocol === "file:";
  say(opened ? "Open this page from a server, for instance: python -m http.server" :
    `The network cannot be loaded: ${reason.message}`, true);
});
