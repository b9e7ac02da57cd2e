// Opened parts of the redactable seal: every byte is hashed up to the item root (docs/spec/redactable-seal.md, Opening).

const TAG = "witnessmark/seal/1/";
function readLayout(text, code) {
  let made;
  try { made = JSON.parse(text); } catch { throw new Refused(code, "a layout is not what it should be"); }
  requireMembers(made, ["format", "height", "palette", "planes", "width"], code);
  const width = readNumber(made.width, code, 1, 16384), height = readNumber(made.height, code, 1, 16384);
  const planes = readList(made.planes, code).map(([sx, sy, bytes]) =>
    [readNumber(sx, code, 0, 4), readNumber(sy, code, 0, 4), readNumber(bytes, code, 1, 16)]);
  const columns = Math.ceil(width / 64), rows = Math.ceil(height / 64);
  return { text: ascii(text), format: made.format, palette: made.palette, width, height, planes, columns, rows, tiles: columns * rows };
}
function planeRect(layout, tile, [sx, sy]) {
  const i = Math.floor(tile / layout.columns), j = tile % layout.columns;
  const wide = Math.ceil(layout.width / 2 ** sx), high = Math.ceil(layout.height / 2 ** sy);
  return { left: (64 * j) >> sx, top: (64 * i) >> sy, right: Math.min((64 * j + 64) >> sx, wide), bottom: Math.min((64 * i + 64) >> sy, high) };
}
function tileBytes(layout, tile) {
  return layout.planes.reduce((sum, plane) => {
    const r = planeRect(layout, tile, plane);
    return sum + Math.max(r.right - r.left, 0) * Math.max(r.bottom - r.top, 0) * plane[2];
  }, 0);
}
const pictureContent = (salt, layout, root) => sha256(ascii(TAG + "content"), salt, u64(layout.length), layout, root);
const sealLeaf = (kind, order, content) => sha256(LEAF, ascii(TAG + kind), order, content);
function readDepth(leaves, code) {
  const depth = Math.log2(readNumber(leaves, code, 4096, 2 ** 26));
  if (depth % 1) throw new Refused(code, "the item tree has a size that no item tree has");
  return depth;
}

async function checkFrame(document, tiles, itemRoot) {
  const code = "frame.format";
  const given = readDocument(document, "witnessmark/proven-frame/1",
    ["hidden", "layout", "leaves", "order", "path", "place", "public_frame", "salt_f", "salts"], code);
  const layout = readLayout(given.layout, code), depth = readDepth(given.leaves, code), row = [], shown = new Map();
  let size = 0;
  for (let tile = 0; tile < layout.tiles; tile++) {
    if (Object.hasOwn(given.hidden, tile) === Object.hasOwn(given.salts, tile))
      throw new Refused(code, "a proven frame must show or hide each tile once");
    if (Object.hasOwn(given.salts, tile)) size += tileBytes(layout, tile);
  }
  if (Object.keys(given.hidden).length + Object.keys(given.salts).length !== layout.tiles)
    throw new Refused(code, "a proven frame names a tile that it cannot have");
  const data = await inflate(tiles, code, size), tag = ascii(TAG + "tile");
  for (let tile = 0, at = 0; tile < layout.tiles; tile++) {
    if (Object.hasOwn(given.hidden, tile)) { row.push(fromHex(given.hidden[tile], code, 32)); continue; }
    const bytes = data.subarray(at, at + tileBytes(layout, tile));
    at += bytes.length;
    shown.set(tile, bytes);
    row.push(sha256(LEAF, tag, fromHex(given.salts[tile], code, 16), bytes));
  }
  const content = pictureContent(fromHex(given.salt_f, code, 16), layout.text, treeHash(row));
  const leaf = sealLeaf("frame", fromHex(given.order, code, 32), content);
  const path = readList(given.path, code).map((part) => fromHex(part, code, 32));
  if (path.length !== depth || !isIncluded(leaf, readNumber(given.place, code, 0, given.leaves - 1), given.leaves, path, itemRoot))
    throw new Refused("frame.proof", "a proven frame is not one that the item root was made of");
  return { publicFrame: readNumber(given.public_frame, code, 0, 2 ** 40), layout, shown };
}

async function checkSketches(document, hashes, means, itemRoot) {
  const code = "sketch.format";
  const given = readDocument(document, "witnessmark/sketches/1", ["layout", "leaves", "sketches"], code);
  const layout = readLayout(given.layout, code), depth = readDepth(given.leaves, code), tag = ascii(TAG + "sketch-tile");
  if (layout.format !== "means8") throw new Refused(code, "the sketches have the layout of something else");
  const lengths = Array.from({ length: layout.tiles }, (_, tile) => tileBytes(layout, tile));
  const cells = { across: Math.ceil(layout.width / 8), down: Math.ceil(layout.height / 8) };
  let size = 0;
  for (const row of readList(given.sketches, code)) {
    if (!Array.isArray(row) || row.length !== 4) throw new Refused(code, "a sketch has not the members it should have");
    const hidden = new Set(readList(row[3], code).map((tile) => readNumber(tile, code, 0, layout.tiles - 1)));
    if (hidden.size !== row[3].length) throw new Refused(code, "a tile is hidden twice");
    lengths.forEach((length, tile) => { if (!hidden.has(tile)) size += length; });
  }
  const data = await inflate(means, code, size), last = lengths.map((length) => new Uint8Array(length)), places = new Set(), sketches = [];
  let at = 0, inside = 0, after = 0;
  for (const [first, count, place, hiddenList] of given.sketches) {
    const hidden = new Set(hiddenList), order = hashes.subarray(at, at + 32), salt = hashes.subarray(at + 32, at + 48), path = [], row = [];
    at += 48;
    for (let n = 0; n < depth; n++, at += 32) path.push(hashes.subarray(at, at + 32));
    const picture = new Uint8Array(cells.across * cells.down), open = new Uint8Array(cells.across * cells.down);
    for (let tile = 0; tile < layout.tiles; tile++) {
      if (hidden.has(tile)) { row.push(hashes.subarray(at, at + 32)); at += 32; continue; }
      const values = last[tile];
      for (let n = 0; n < values.length; n++) values[n] = (values[n] + data[inside + n]) & 255;
      inside += values.length;
      row.push(sha256(LEAF, tag, hashes.subarray(at, at + 16), values));
      at += 16;
      placeTile(layout, cells, tile, values, picture, open);
    }
    const leaf = sealLeaf("sketch", order, pictureContent(salt, layout.text, treeHash(row)));
    readNumber(first, code, after, 2 ** 40); readNumber(count, code, 1, 2 ** 40); after = first + count;
    if (places.has(place)) throw new Refused(code, "a sketch stands twice");
    places.add(place);
    if (!isIncluded(leaf, readNumber(place, code, 0, given.leaves - 1), given.leaves, path, itemRoot))
      throw new Refused("sketch.proof", `the sketch at public picture ${first} is not one that the item root was made of`);
    sketches.push({ first, count, hidden, picture, open });
    if (sketches.length % 60 === 0) await pause();
  }
  if (at !== hashes.length) throw new Refused(code, "the sketches have more hashes than they should");
  return { layout, cells, sketches };
}
function placeTile(layout, cells, tile, values, picture, open) {
  const top = 8 * Math.floor(tile / layout.columns), left = 8 * (tile % layout.columns), wide = Math.min(8, cells.across - left);
  for (let n = 0; n < values.length; n++) {
    const cell = (top + Math.floor(n / wide)) * cells.across + left + (n % wide);
    picture[cell] = values[n]; open[cell] = 1;
  }
}
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));
