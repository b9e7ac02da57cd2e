// A dropped picture, held to the proven samples of a still: the rule of likeness.js, over the means of those samples.

const RGB_AT = { rgb24: [0, 1, 2], rgba: [0, 1, 2], rgb0: [0, 1, 2], bgr24: [2, 1, 0], bgra: [2, 1, 0], bgr0: [2, 1, 0],
  argb: [1, 2, 3], "0rgb": [1, 2, 3], abgr: [3, 2, 1], "0bgr": [3, 2, 1] };

function lumaOfTile(layout, tile, bytes) {
  // one value of 8 bits a pixel, as docs/spec/redactable-seal.md defines it for sketches
  const parts = [], deep = depthOf(layout.format) > 8, shift = /^p0/.test(layout.format) ? 8 : depthOf(layout.format) - 8;
  let at = 0;
  for (const plane of layout.planes) {
    const r = planeRect(layout, tile, plane), length = (r.right - r.left) * (r.bottom - r.top) * plane[2];
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  const size = layout.planes[0][2], first = parts[0], out = new Uint8Array(first.length / size);
  const weigh = (r, g, b) => (77 * r + 150 * g + 29 * b + 128) >> 8, order = RGB_AT[layout.format];
  const colours = layout.palette ? fromHex(layout.palette, "frame.format") : null, value = (plane, n) => sample(parts[plane], n, deep) >> shift;
  for (let n = 0; n < out.length; n++) {
    if (colours) out[n] = weigh(colours[4 * first[n] + 2], colours[4 * first[n] + 1], colours[4 * first[n]]);
    else if (/^gbr/.test(layout.format)) out[n] = weigh(value(2, n), value(0, n), value(1, n));
    else if (order) out[n] = weigh(...order.map((k) => first[size * n + k]));
    else if (size === (deep ? 2 : 1)) out[n] = value(0, n);
    else out[n] = first.subarray(size * n, size * n + size).reduce((sum, one) => sum + one, 0) / size; // other packed formats
  }
  return out;
}
function sketchOf(frame) {
  // means of 8x8 blocks of what is proven, in the form of an opened sketch
  const { layout, shown } = frame, cells = { across: Math.ceil(layout.width / 8), down: Math.ceil(layout.height / 8) };
  const picture = new Uint8Array(cells.across * cells.down), open = new Uint8Array(picture.length), hidden = new Set();
  for (let tile = 0; tile < layout.tiles; tile++) {
    if (!shown.has(tile)) { hidden.add(tile); continue; }
    const { left, top, right, bottom } = planeRect(layout, tile, [0, 0]), luma = lumaOfTile(layout, tile, shown.get(tile)), wide = right - left, values = [];
    for (let y = 0; y < bottom - top; y += 8)
      for (let x = 0; x < wide; x += 8) {
        let sum = 0, count = 0;
        for (let j = y; j < Math.min(y + 8, bottom - top); j++)
          for (let i = x; i < Math.min(x + 8, wide); i++) { sum += luma[j * wide + i]; count++; }
        values.push(Math.floor((sum + (count >> 1)) / count));
      }
    placeTile(layout, cells, tile, values, picture, open);
  }
  return { first: 0, count: 1, hidden, picture, open, cells };
}
class Still {
  constructor(part, frame) {
    this.part = part; this.layout = frame.layout; this.sketch = sketchOf(frame); this.cells = this.sketch.cells;
    this.red = null; this.scores = null; this.fit = null;
  }
  known() { return known([this.sketch], 0, this.cells, this.part.strip > 0); }
  look(pixels, width, height) {
    // the nearer of the two ways in which red, green and blue may have been made of the samples
    const grid = new Grid(this.layout, this.part, width, height);
    const both = LUMA_OF.map((weights) => grid.means(pixels, weights)).map((picture) => [meanDifference([[this.known(), picture]]), picture]);
    return both[0][0] <= both[1][0] ? both[0] : both[1];
  }
  compare(picture, tolerance) {
    this.fit = fitBrightness([[this.known(), picture]]);
    this.scores = tileScores([this.sketch], 0, picture, this.fit, this.cells, this.layout, this.part.strip > 0, tolerance);
    // nothing moves: what is far stays far as long as somebody looks, so that the bound for two sketches in a row holds
    this.red = redTiles([this.scores, this.scores], tolerance)[0];
    return this.red.reduce((a, b) => a + b, 0);
  }
}
