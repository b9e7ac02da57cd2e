// What the person sees and does.

const $ = (id) => document.getElementById(id);
// of a fingerprint: as many as the strip of a video shows; fewer could be met by trying names of logs
const LEAST_DIGITS = 32;
const tolerance = JSON.parse($("tolerance").textContent);
let bundle, film = null, url = null, running = 0;
const stills = []; // of a release of single pictures

// What had nothing to look at is neither green nor red (the same words as in witnessmark_verify/verdict.py).
function unproven(result) {
  return /^(not checked|time: PENDING|pending|none )/.test(result.detail || "");
}

function line(list, mark, text, detail) {
  const item = document.createElement("li"), strong = document.createElement("strong"), small = document.createElement("small");
  item.className = mark; strong.textContent = text; small.textContent = detail || "";
  item.append(strong, small);
  list.append(item);
  return item;
}
function showIssuer() {
  const typed = $("fingerprint").value.replace(/\s+/g, "").toLowerCase(), box = $("issuer");
  if (bundle.demonstration) bundle.issuer = "DEMONSTRATION KEY, NOT EVIDENCE";
  else if (!typed) bundle.issuer = "NOT established";
  else bundle.issuer = typed.length >= LEAST_DIGITS && bundle.first.fingerprint.startsWith(typed) ? "established" : "refused";
  const words = {
    "DEMONSTRATION KEY, NOT EVIDENCE": "DEMONSTRATION. Signed with a key that everybody has. NOT EVIDENCE.",
    "NOT established": "Consistent; issuer NOT established. Type the fingerprint that you got by another way: a forger brings keys of his own.",
    established: "Issuer established by the fingerprint you typed.",
    refused: "REFUSED (issuer.fingerprint): this is another log than the one whose fingerprint you typed.",
  };
  box.textContent = bundle.ok ? words[bundle.issuer] : "REFUSED: this bundle does NOT hold.";
  box.className = !bundle.ok || bundle.issuer === "refused" ? "bad" : bundle.issuer === "established" ? "good" : "open";
  document.body.dataset.issuer = bundle.issuer;
}
async function start() {
  document.body.dataset.state = "checking";
  if (typeof DecompressionStream === "undefined") {
    line($("checks"), "bad", "This browser is too old to check the proofs.", "Use one from 2023 or later, or run verify.py.");
    return;
  }
  try { bundle = new Bundle(await unpackPage()); } catch (error) {
    line($("checks"), "bad", "The data in this page is damaged.", `${error.message}; reason: ${error.code || "page.data"}`);
    document.body.dataset.state = "refused";
    return;
  }
  bundle.ok = await bundle.run((result) => line($("checks"), !result.ok ? "bad" : unproven(result) ? "open" : "good", `${result.name}: ${result.proves}`,
    result.detail + (result.reason ? ` (reason: ${result.reason})` : "")));
  if (bundle.demonstration) document.body.classList.add("demonstration");
  showIssuer();
  if (bundle.ok && bundle.files.has("statement.json")) showWords(JSON.parse(readText(bundle.file("statement.json"))));
  if (bundle.ok && bundle.parts.length) ($("video") ? showFrames : showStills)();
  document.body.dataset.state = bundle.ok ? "holds" : "refused";
}
function showWords(statement) {
  // the publisher's own words, as they stand in statement.json; text alone, never markup
  for (const one of Array.isArray(statement.words) ? statement.words : []) {
    const title = document.createElement("h3");
    title.textContent = String(one.title); title.lang = String(one.language);
    $("statement").append(title);
    for (const paragraph of one.paragraphs) {
      const said = document.createElement("p");
      said.textContent = String(paragraph); said.lang = String(one.language);
      $("statement").append(said);
    }
  }
  $("words").hidden = !$("statement").children.length;
}
function showStills() {
  for (const part of bundle.parts) {
    const figure = document.createElement("figure"), pair = document.createElement("div"), caption = document.createElement("figcaption");
    const proven = document.createElement("canvas"), stage = document.createElement("div"), yours = document.createElement("canvas"), overlay = document.createElement("canvas"), list = document.createElement("ul");
    const name = part.files[0], frame = part.proven[0];
    pair.className = "pair"; stage.className = "stage"; stage.append(yours, overlay); pair.append(proven, stage);
    caption.textContent = frame
      ? `${name}. Left: the received samples, proven up to the log, grey where tiles are hidden. Right: the picture you drop.`
      : `${name}: nothing of this picture is proven by samples; only its hash is checked.`;
    proven.setAttribute("role", "img"); proven.setAttribute("aria-label", `proven samples of ${name}`);
    yours.setAttribute("role", "img"); yours.setAttribute("aria-label", `the picture dropped for ${name}`);
    figure.append(pair, caption, list);
    $("frames").append(figure);
    if (!frame) continue;
    paintFrame(proven, frame);
    turn(proven, part.quarter_turns);
    yours.width = part.width; yours.height = part.height + part.strip;
    stills.push({ part, still: new Still(part, frame), yours, overlay, list });
  }
  $("proven").hidden = !$("frames").children.length;
}
function showFrames() {
  for (const part of bundle.parts)
    for (const frame of part.proven) {
      const figure = document.createElement("figure"), pair = document.createElement("div"), proven = document.createElement("canvas");
      const beside = document.createElement("canvas"), caption = document.createElement("figcaption"), seconds = frame.publicFrame / part.perSecond;
      paintFrame(proven, frame);
      turn(proven, part.quarter_turns);
      proven.title = "painted from the proven samples"; beside.title = "the video at that time";
      beside.dataset.time = String((frame.publicFrame + 0.5) / part.perSecond); beside.className = "beside";
      pair.className = "pair"; pair.append(proven, beside);
      caption.textContent = `At ${seconds.toFixed(2)} s. Left: the received samples, proven up to the log, grey where tiles are hidden. Right: the video you drop.`;
      figure.append(pair, caption);
      $("frames").append(figure);
    }
  $("proven").hidden = !$("frames").children.length;
}
async function drop(files) {
  const shows = Boolean($("proven"));
  for (const file of files) await (shows && (/^(video|image|audio)\//.test(file.type) || /^public/.test(file.name)) ? takeMedium(file) : takeFile(file));
}
async function digestOf(file) {
  const state = new Sha256(), reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return hex(state.digest());
    state.update(value);
  }
}
async function takeFile(file) {
  const digest = await digestOf(file), listed = Object.entries(bundle.manifest.files).find(([, [said]]) => said === digest);
  if (listed) line($("dropped"), "good", `${file.name}: byte for byte what was approved as ${listed[0]}`, digest);
  else line($("dropped"), "open", `${file.name}: not among the files that were approved`, `${digest} (README.html, proof/index.json and later proofs are checked by verify.py)`);
}
async function takeMedium(file) {
  const digest = await digestOf(file), list = $("dropped");
  const exact = bundle.parts.find((part) => part.files.some((path) => bundle.manifest.files[path][0] === digest));
  if (exact) line(list, "good", `${file.name}: exact. Byte for byte the file that was approved`, digest);
  else line(list, "open", `${file.name}: not the approved file byte for byte: a re-encoded copy, or something else`, `${digest}. The comparison below says how alike it is.`);
  document.body.dataset.exact = exact ? "yes" : "no";
  if (!$("video")) return await openStill(file, exact);
  const part = exact || bundle.parts.find((one) => one.opened);
  if (part && part.opened) await openVideo(file, part);
  else line(list, "open", "Nothing of this medium is proven by sketches: only its hash is checked.");
}
async function openStill(file, exact) {
  // without a known hash: the still that it is most like
  const list = $("dropped"), asked = exact ? stills.filter((one) => one.part === exact) : stills;
  if (!asked.length) { line(list, "open", "Nothing of this picture is proven by samples: only its hash is checked."); return; }
  const image = await createImageBitmap(file, { colorSpaceConversion: "none" }), canvas = document.createElement("canvas");
  canvas.width = image.width; canvas.height = image.height;
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const looked = asked.map((one) => [...one.still.look(pixels, canvas.width, canvas.height), one]);
  const [, picture, one] = looked.reduce((best, next) => (next[0] < best[0] ? next : best));
  const red = one.still.compare(picture, tolerance);
  one.yours.width = one.overlay.width = canvas.width; one.yours.height = one.overlay.height = canvas.height;
  one.yours.getContext("2d").drawImage(canvas, 0, 0);
  showLikeness(file.name, one, red);
  repaint();
  document.body.dataset.compared = String(red);
}
function showLikeness(name, { part, still, list }, red) {
  const compared = still.scores.reduce((sum, score) => sum + (Number.isNaN(score) ? 0 : 1), 0), hidden = still.sketch.hidden.size, { tiles } = still.layout;
  list.replaceChildren();
  if (!compared) line(list, "open", "Nothing could be compared.", "No tile is open, or all lie beside hidden ones.");
  else if (red) line(list, "bad", `RED: ${red} of ${compared} compared tiles of ${name} are not within tolerance`, "Those places do not show what was received.");
  else line(list, "good", `GREEN: all ${compared} compared tiles of ${name} are within tolerance`, "Within tolerance is not identical: see what it cannot see, below.");
  const beside = tiles - compared - hidden, more = beside ? `; ${beside} more were not compared, because they lie beside hidden ones` : "";
  line(list, "open", `${hidden} of ${tiles} tiles are hidden${more}`,
    `Compared with ${part.files[0]}: brightness, as means over 8 by 8 samples. Not compared: colour, the strip, what is smaller than that. ${brightness(still.fit)}`);
}
function brightness({ gain, offset }) {
  return `Brightness of the whole: times ${gain.toFixed(2)}, ${offset >= 0 ? "plus" : "minus"} ${Math.abs(offset).toFixed(0)}; one such change is allowed (times 1.16, minus 19 is usual).`;
}
async function openVideo(file, part) {
  const mine = ++running, video = $("video");
  if (url) URL.revokeObjectURL(url);
  url = URL.createObjectURL(file);
  film = null;
  await new Promise((resolve, reject) => { video.onloadeddata = resolve; video.onerror = () => reject(new Error("this browser cannot play the video")); video.src = url; });
  $("watch").hidden = false;
  const overlay = $("overlay");
  overlay.width = video.videoWidth; overlay.height = video.videoHeight;
  const next = new Film(video, part), say = (text) => { $("progress").textContent = text; };
  await next.prepare(say);
  const red = await next.compare(tolerance, say, () => mine !== running);
  if (!red) return;
  film = next;
  showResult(red, part);
  await fillFrames(video, part);
  await seek(video, next.timeOf(0) + next.shift);
  repaint();
  document.body.dataset.compared = String(red.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0));
}
function showResult(red, part) {
  const count = red.map((row) => row.reduce((a, b) => a + b, 0)), bad = count.filter(Boolean).length, list = $("result");
  list.replaceChildren();
  const seen = film.scores.reduce((sum, row) => sum + row.reduce((a, score) => a + (Number.isNaN(score) ? 0 : 1), 0), 0);
  if (!seen) line(list, "open", "Nothing could be compared.", "No open tile met a picture of this video.");
  else if (bad) line(list, "bad", `RED: ${bad} of ${count.length} sketches have tiles that are not within tolerance`, "Those places of this video do not show what was received. The list gives the times.");
  else line(list, "good", `GREEN: all ${count.length} sketches are within tolerance, tile by tile`, "Within tolerance is not identical: see what it cannot see, below.");
  const { gain, offset } = film.fit;
  line(list, "open", `shift in time ${film.shift.toFixed(2)} s; brightness of the whole: times ${gain.toFixed(2)}, ${offset >= 0 ? "plus" : "minus"} ${Math.abs(offset).toFixed(0)}`,
    "One shift and one change of brightness for the whole video are allowed and told here. A browser's own range (times 1.16, minus 19) is usual.");
  const bar = $("bar");
  bar.replaceChildren();
  count.forEach((number, n) => {
    const tick = document.createElement("button"), seconds = film.timeOf(n);
    tick.type = "button"; tick.className = number ? "bad" : "good"; tick.title = `${seconds.toFixed(2)} s: ${number ? `${number} red tiles` : "within tolerance"}`;
    tick.setAttribute("aria-label", tick.title);
    tick.onclick = () => { $("video").pause(); $("video").currentTime = seconds + film.shift; };
    bar.append(tick);
  });
  const places = $("places");
  places.replaceChildren();
  count.forEach((number, n) => { if (number && places.children.length < 200) line(places, "bad", `${film.timeOf(n).toFixed(2)} s`, `${number} red tiles`); });
}
async function fillFrames(video, part) {
  for (const canvas of document.querySelectorAll(".beside")) {
    const time = Number(canvas.dataset.time) + film.shift;
    if (time < 0 || time > video.duration) continue;
    await seek(video, time);
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
  }
}
function repaint() {
  for (const { part, still, overlay } of stills)
    if (still.scores) paintOverlay(overlay, still.layout, part, still.sketch, $("tiles").checked ? still.red : null, still.scores);
  if (!film) return;
  const n = film.at($("video").currentTime);
  paintOverlay($("overlay"), film.layout, film.part, film.sketches[n], $("tiles").checked ? film.red[n] : null, film.scores[n]);
}

$("fingerprint").addEventListener("input", () => { if (bundle && bundle.first) showIssuer(); });
$("file").addEventListener("change", (event) => { drop(event.target.files).catch(trouble); });
if ($("tiles")) $("tiles").addEventListener("change", repaint); // a release of words alone has none
if ($("video")) {
  $("video").addEventListener("timeupdate", repaint);
  $("video").addEventListener("seeked", repaint);
}
function trouble(error) { line($("dropped"), "bad", "This could not be looked at.", error.message); document.body.dataset.fault = error.message; }
for (const kind of ["dragover", "drop"])
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    if (kind === "drop") drop(event.dataTransfer.files).catch(trouble);
  });
start().catch(trouble);
