// `demo` is what the build puts into the page: settings, and the runtime and the first network in packed form.
const { settings, packed } = demo;
const LARGEST_SIDE = 1024;  // of the picture that is shown and of its map, pixels
const SMALLEST_BOX = 4;     // less is a click, pixels of the shown picture
const CAMERA_FAULTS = {
  NotAllowedError:
    "The camera was refused. Allow it behind the sign beside the page's address, then press the button again",
  NotFoundError: "No camera was found. Connect one, then press the button again",
  NotReadableError: "The camera cannot be read: another program may use it. Close that, then press the button again",
  TypeError: "Browsers lend a camera only to pages whose address begins with https",
};
const element = (id) => document.getElementById(id);
const status = element("status"), canvas = element("canvas"), video = element("video");
const brush = canvas.getContext("2d", { willReadFrequently: true });
const chosen = (name) => document.querySelector(`input[name=${name}]:checked`).value;

let ort, shown = null, painted = null, camera = null, boxes = [], pointed = null;
let latest = 0, work = Promise.resolve();

function say(text, failed = false) {
  status.textContent = text;
  status.classList.toggle("failed", failed);
}

// One piece of work after another; what was asked for before the last is dropped. `wanted()` says if it is the last.
function queue(task) {
  const turn = ++latest, wanted = () => turn === latest;
  work = work.then(() => wanted() && task(wanted)).catch((reason) => wanted() && say(reason.message, true));
  return work;
}

// A packed file: gzip in base64.
async function unpack(name) {
  const { body } = await fetch(`data:application/octet-stream;base64,${packed[name]}`);
  return new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

const runtime = (async () => {
  const source = new Blob([await unpack("runtime")], { type: "text/javascript" });
  ort = await import(URL.createObjectURL(source));
  ort.env.wasm.wasmBinary = await unpack("wasm");
  ort.env.wasm.numThreads = 1;  // more need headers that a plain static server does not send
})();

// A file beside the page, as a script: a page from the disk may load no other kind.
function addScript(file) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: file, onload: done, onerror: failed });
    document.head.append(script);
  });
}

const sessions = {};
function openNetwork(index) {
  const { rows, columns } = settings.networks[index], name = `network${index}`;
  sessions[index] ??= (async () => {
    await runtime;
    if (!packed[name]) await addScript(`${name}.js?${settings.build}`);
    const session = await ort.InferenceSession.create(await unpack(name), { executionProviders: ["wasm"] });
    await run(session, new Float32Array(3 * rows * columns), rows, columns);  // the first run allocates memory
    return session;
  })().catch((reason) => {
    delete sessions[index];
    throw new Error(`The network cannot be loaded (${reason.message}). ` +
      "Open the page in a current Chrome, Edge, Firefox or Safari.");
  });
  return sessions[index];
}

async function run(session, planes, rows, columns) {
  const { saliency } = await session.run({ image: new ort.Tensor("float32", planes, [1, 3, rows, columns]) });
  return saliency.data;
}

// The mean of some looks at a picture, each at a size of the network, or of the mirror image and turned back.
async function meanMap(session, { data, width, height }, looks) {
  const mean = new Float32Array(width * height);
  for (const [rows, columns, mirror] of looks) {
    const turn = mirror ? mirrored : (values) => values;
    const small = await run(session, turn(networkInput(data, width, height, columns, rows), columns), rows, columns);
    const map = enlarge(turn(small, columns), columns, rows, width, height);
    for (let place = 0; place < map.length; place++) mean[place] += map[place] / looks.length;
  }
  return mean;
}

// The chosen network, or the page's own with a word why.
async function chosenNetwork() {
  const index = chosen("network"), { name, megabytes } = settings.networks[index];
  try {
    if (!sessions[index]) say(`${name} is being loaded (${megabytes.toFixed(0)} MB).`);
    return { index, session: await openNetwork(index), note: "" };
  } catch (reason) {
    if (index === "0") throw reason;
    document.querySelector("input[name=network]").checked = true;
    const note = `${name} cannot be loaded: its file network${index}.js must be beside this page, and in reach. `;
    return { index: "0", session: await openNetwork(0), note };
  }
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

// Compute and show a picture's map, unless another picture is wanted meanwhile.
async function showPicture(picture, name, wanted) {
  const { index, session, note } = await chosenNetwork();
  const { looks, name: network } = settings.networks[index], { width, height } = picture, begun = performance.now();
  const map = await meanMap(session, picture, looks[element("high").checked ? "high" : "standard"]);
  const milliseconds = performance.now() - begun;
  if (!wanted()) return false;
  const follows = camera && shown?.name === name && shown.picture.width === width;  // a frame behind another
  if (!follows && shown?.picture !== picture) boxes = [];
  const regions = topRegions(map, width, height);
  shown = { picture, name, map, regions, milliseconds, network, note };
  paint();
  document.dispatchEvent(new CustomEvent("saliency", { detail: shown }));
  return true;
}

// Show a picture: a file, or one to come.
function showFile(file, name) {
  stopCamera();
  say(`${name} is being read.`);
  return queue(async (wanted) => {
    let bitmap, animated;
    try {
      const blob = await file;
      bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
      animated = isAnimated(await blob.arrayBuffer());
    } catch {
      throw new Error(`${name} cannot be read as a picture by this browser. Try a JPEG, PNG or WebP file.`);
    }
    await computed(pixelsOf(bitmap, bitmap.width, bitmap.height), name, wanted,
      animated ? `${name} is animated: its first frame is used. ` : "");
  });
}

async function computed(picture, name, wanted, before = "") {
  if (!await showPicture(picture, name, wanted)) return;
  const words = shown.regions.length ? `Most salient: ${placeOf(shown.regions[0])}.` : "No region stands out.";
  const { note, network, milliseconds } = shown;
  say(`${note}${before}${name}: map computed by ${network} in ${Math.round(milliseconds)} ms. ${words}`, note !== "");
}

// Where a region lies, in words.
function placeOf(region) {
  const { width, height } = shown.picture, third = (place, side) => Math.min(2, Math.floor((3 * place) / side));
  const row = ["upper", "middle", "lower"][third(region.y, height)];
  const column = ["left", "centre", "right"][third(region.x, width)];
  return row === "middle" && column === "centre" ? "the middle" : `${row} ${column}`;
}

const percent = (share) => (share < 0.005 ? "less than 1 %" : `${Math.round(100 * share)} %`);
const attention = () => boxAttention(shown.map, shown.picture.width, boxes);
const attentionText = ({ share, times_mean }, index) =>
  `Box ${index + 1}: ${percent(share)} of all saliency, ${times_mean.toFixed(1)} times the mean of the picture`;

// The map in the colours that are asked for.
function paint() {
  const { picture, map } = shown, alone = chosen("view") === "map";
  painted = new ImageData(new Uint8ClampedArray(picture.data), picture.width);
  if (alone) paintGrey(painted.data, map);
  else paintMap(painted.data, map, element("strength").value / 100, settings.colours);
  element("strength").disabled = alone;
  draw();
}

// What is painted, with regions and boxes, and both in words.
function draw() {
  const { picture, regions } = shown;
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  brush.putImageData(painted, 0, 0);
  if (element("mark").checked) {
    regions.forEach((r, k) => drawBox(r.left, r.top, r.right - r.left + 1, r.bottom - r.top + 1, k + 1));
  }
  [...boxes, pointed?.box].forEach((b, k) => b && drawBox(b.x, b.y, b.width, b.height, `Box ${k + 1}`, true));
  element("regions").replaceChildren(...regions.map((region) => {
    const line = document.createElement("li");
    line.textContent = `${placeOf(region)}: ${percent(region.share)} of all saliency`;
    return line;
  }));
  element("boxes").replaceChildren(...attention().map((box, index) => {
    const line = document.createElement("li"), remove = document.createElement("button");
    line.textContent = `${attentionText(box, index)} `;
    Object.assign(remove, { type: "button", textContent: "Remove", ariaLabel: `Remove box ${index + 1}` });
    remove.addEventListener("click", () => { boxes.splice(index, 1); draw(); canvas.focus(); });
    line.append(remove);
    return line;
  }));
  element("attention").hidden = !boxes.length;
  const list = regions.map((region, k) => `${k + 1}, ${placeOf(region)}`).join("; ");
  canvas.setAttribute("aria-label", `The photograph with its saliency map. Most salient regions: ${list || "none"}.`);
  element("result").hidden = false;
}

// `own` boxes are dashed, with their label at the lower edge; regions have theirs at the upper one.
function drawBox(left, top, width, height, label, own = false) {
  const unit = Math.max(1, canvas.width / 400), at = [left + 4 * unit, own ? top + height - 5 * unit : top + 16 * unit];
  brush.setLineDash([]);
  for (const [colour, line] of [["black", 3 * unit], ["white", 1.5 * unit]]) {
    brush.strokeStyle = colour;
    brush.lineWidth = line;
    if (own && colour === "white") brush.setLineDash([5 * unit, 4 * unit]);
    brush.strokeRect(left, top, width, height);
  }
  brush.setLineDash([]);
  brush.font = `bold ${14 * unit}px system-ui, sans-serif`;
  brush.fillStyle = "white";
  brush.strokeStyle = "black";
  brush.lineWidth = 3 * unit;
  brush.strokeText(label, ...at);
  brush.fillText(label, ...at);
}

// A box from one place to another, in whole pixels inside the picture.
function boxBetween([x0, y0], [x1, y1]) {
  const x = Math.max(0, Math.floor(Math.min(x0, x1))), y = Math.max(0, Math.floor(Math.min(y0, y1)));
  const right = Math.min(canvas.width, Math.ceil(Math.max(x0, x1)));
  const bottom = Math.min(canvas.height, Math.ceil(Math.max(y0, y1)));
  return { x, y, width: right - x, height: bottom - y };
}

function pixelAt(event) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return [(event.clientX - left) * canvas.width / width, (event.clientY - top) * canvas.height / height];
}

canvas.addEventListener("pointerdown", (event) => {
  if (!element("draw").checked || !event.isPrimary || event.button) return;
  canvas.setPointerCapture(event.pointerId);
  pointed = { from: pixelAt(event), box: null };
});
canvas.addEventListener("pointermove", (event) => {
  if (!pointed) return;
  const box = boxBetween(pointed.from, pixelAt(event));
  pointed.box = Math.min(box.width, box.height) < SMALLEST_BOX ? null : box;
  draw();
});
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => {
  const box = pointed?.box;
  pointed = null;
  if (box && end === "pointerup") setBox(boxes.length, box);
  else if (shown) draw();
});

function setBox(index, box) {
  boxes[index] = box;
  draw();
  say(`${attentionText(attention()[index], index)}.`);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
canvas.addEventListener("keydown", (event) => {
  const { width, height } = canvas, last = boxes.at(-1), step = Math.ceil(Math.max(width, height) / 50);
  const arrow = ARROWS[event.key]?.map((side) => side * step);
  if (event.key === "Enter") {
    setBox(boxes.length, boxBetween([width / 3, height / 3], [2 * width / 3, 2 * height / 3]));
  } else if (event.key === "Delete" && last) {
    boxes.pop();
    draw();
  } else if (arrow && last) {
    event.preventDefault();
    const [dx, dy] = arrow, clip = (value, low, high) => Math.min(high, Math.max(low, value));
    setBox(boxes.length - 1, event.shiftKey ?
      { ...last, width: clip(last.width + dx, 1, width - last.x), height: clip(last.height + dy, 1, height - last.y) } :
      { ...last, x: clip(last.x + dx, 0, width - last.width), y: clip(last.y + dy, 0, height - last.height) });
  }
});

async function startCamera() {
  if (camera) return;
  const turn = ++latest;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (reason) {
    const fault = CAMERA_FAULTS[reason.name] ?? `The camera cannot be used (${reason.name})`;
    if (turn === latest) say(`${fault}, or choose a photograph.`, true);
    return;
  }
  if (turn !== latest) { stream.getTracks().forEach((track) => track.stop()); return; }
  camera = video.srcObject = stream;
  await video.play();
  element("stop").hidden = false;
  for (let frame = 0; camera; frame++) {
    await queue(async (wanted) => {
      const picture = pixelsOf(video, video.videoWidth, video.videoHeight);
      const done = await showPicture(picture, "The camera's picture", wanted);
      if (done && !frame) say(`Camera: ${Math.round(shown.milliseconds)} ms for each picture.`);
    });
    await new Promise(requestAnimationFrame);
  }
}

function stopCamera() {
  if (!camera) return;
  camera.getTracks().forEach((track) => track.stop());
  camera = null;
  latest++;  // the picture in work is dropped
  element("stop").hidden = true;
  say("The camera is off; its last picture is shown.");
}

function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

element("save").addEventListener("click", () => canvas.toBlob((blob) => saveAs(blob, "saliency.png")));
element("save-map").addEventListener("click", async () => {
  const { width, height } = shown.picture, grey = new ImageData(width, height);
  const board = new OffscreenCanvas(width, height);
  paintGrey(grey.data, shown.map);
  board.getContext("2d").putImageData(grey, 0, 0);
  saveAs(await board.convertToBlob(), "map.png");
});
element("save-numbers").addEventListener("click", () => {
  const { name, picture: { width, height }, network, regions } = shown;
  const numbers = { picture: name, width, height, network, salgan: settings.version, regions, boxes: attention() };
  saveAs(new Blob([JSON.stringify(numbers, null, 1)], { type: "application/json" }), "saliency.json");
});

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
  else say("This is no file. Save the picture first, then drop its file.", true);
});
element("strength").addEventListener("input", (event) => {
  element("strength-value").textContent = `${event.target.value} %`;
  paint();
});
document.querySelectorAll("input[name=view]").forEach((radio) => radio.addEventListener("change", paint));
element("mark").addEventListener("input", draw);
const drawing = element("draw");
drawing.addEventListener("input", () => canvas.classList.toggle("drawing", drawing.checked));
drawing.checked = matchMedia("(pointer: fine)").matches;  // a finger scrolls until it is asked to draw
canvas.classList.toggle("drawing", drawing.checked);

const again = () => camera || queue((wanted) => computed(shown.picture, shown.name, wanted));
element("high").addEventListener("change", again);
for (const [index, { name, megabytes }] of settings.networks.entries()) {
  const label = document.createElement("label"), radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "network", value: index, checked: index === 0 });
  radio.addEventListener("change", again);
  label.append(radio, ` ${name}${index ? ` (loads ${megabytes.toFixed(0)} MB once)` : ""}`);
  element("networks").append(label);
}
element("networks").hidden = settings.networks.length < 2;
for (const { name, picture } of settings.examples) {
  const button = document.createElement("button"), image = document.createElement("img");
  Object.assign(image, { src: picture, alt: `Example: ${name}` });
  button.type = "button";
  button.append(image);
  button.addEventListener("click", () => showFile(fetch(picture).then((answer) => answer.blob()), name));
  element("examples").append(button);
}
element("version").textContent = `version ${settings.version}`;

queue(async (wanted) => {
  await openNetwork(0);
  if (wanted()) say("Ready. Choose a photograph.");
});
if (location.protocol.startsWith("http")) {
  navigator.serviceWorker?.register("sw.js").catch(() => {});  // without it the page works online
}
