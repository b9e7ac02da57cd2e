// The comparison of a lossy video with opened sketches: the same rule as witnessmark's release/likeness/compare.py, where it
// is explained. Pictures are Float32Array on the grid of means; NaN where the video has no picture.

function axisWeights(rawPx, shownPx, videoPx, flip) {
  // for each mean along one axis: first video pixel and the shares of the pixels from there
  const count = Math.ceil(rawPx / 8), list = [];
  for (let n = 0; n < count; n++) {
    const m = flip ? count - 1 - n : n;
    let low = (Math.min(8 * m, rawPx) * shownPx) / rawPx, high = (Math.min(8 * m + 8, rawPx) * shownPx) / rawPx;
    if (flip) [low, high] = [shownPx - high, shownPx - low];
    const first = Math.floor(low), shares = [];
    for (let px = first; px < Math.min(high, videoPx); px++) shares.push(Math.max(Math.min(high, px + 1) - Math.max(low, px), 0));
    const sum = shares.reduce((a, b) => a + b, 0);
    list.push([first, shares.map((share) => share / sum)]);
  }
  return list;
}
class Grid {
  constructor(layout, part, videoWidth, videoHeight) {
    this.turns = part.quarter_turns % 4;
    const odd = this.turns % 2 === 1, [across, down] = odd ? [layout.height, layout.width] : [layout.width, layout.height];
    const flipX = odd ? this.turns === 1 : this.turns === 2, flipY = odd ? this.turns === 3 : this.turns === 2;
    this.columns = axisWeights(across, videoWidth, videoWidth, flipX);
    this.rows = axisWeights(down, (part.height * videoHeight) / (part.height + part.strip), videoHeight, flipY);
    this.width = videoWidth; this.height = videoHeight;
    this.sums = new Float64Array(this.columns.length * videoHeight);
  }
  means(rgba, weights) {
    // luma by rows first, then the rows together; then turned back to the raw's own direction
    const { columns, rows, sums, width } = this, across = columns.length, down = rows.length, [r, g, b] = weights;
    const used = Math.min(this.height, rows[down - 1][0] + rows[down - 1][1].length);
    const line = new Float64Array(width);
    for (let y = 0; y < used; y++) {
      for (let x = 0, at = 4 * y * width; x < width; x++, at += 4) line[x] = r * rgba[at] + g * rgba[at + 1] + b * rgba[at + 2];
      for (let n = 0; n < across; n++) {
        const [first, shares] = columns[n];
        let sum = 0;
        for (let k = 0; k < shares.length; k++) sum += shares[k] * line[first + k];
        sums[y * across + n] = sum;
      }
    }
    const turned = new Float32Array(across * down);
    for (let m = 0; m < down; m++) {
      const [first, shares] = rows[m];
      for (let n = 0; n < across; n++) {
        let sum = 0;
        for (let k = 0; k < shares.length; k++) sum += shares[k] * sums[(first + k) * across + n];
        turned[m * across + n] = sum;
      }
    }
    return this.turnBack(turned, across, down);
  }
  turnBack(turned, across, down) {
    if (!this.turns) return turned;
    const out = new Float32Array(turned.length), odd = this.turns % 2 === 1, wide = odd ? down : across;
    for (let y = 0; y < down; y++)
      for (let x = 0; x < across; x++) {
        const [i, j] = this.turns === 1 ? [across - 1 - x, y] : this.turns === 2 ? [down - 1 - y, across - 1 - x] : [x, down - 1 - y];
        out[i * wide + j] = turned[y * across + x];
      }
    return out;
  }
}

function neighbourhood(values, cells, better) {
  // largest or smallest known value of the 3x3 around each mean
  const { across, down } = cells, out = new Float32Array(values.length).fill(NaN);
  for (let y = 0; y < down; y++)
    for (let x = 0; x < across; x++) {
      let best = NaN;
      for (let j = Math.max(y - 1, 0); j <= Math.min(y + 1, down - 1); j++)
        for (let i = Math.max(x - 1, 0); i <= Math.min(x + 1, across - 1); i++) {
          const value = values[j * across + i];
          if (!Number.isNaN(value) && (Number.isNaN(best) || better(value, best))) best = value;
        }
      out[y * across + x] = best;
    }
  return out;
}
function comparableMeans(sketches, n, cells, strip) {
  // not beside what is hidden here or in the next sketch on either side, nor around tiles that a moving box passed over
  const { across, down } = cells, near = [n - 1, n, n + 1].filter((k) => k >= 0 && k < sketches.length).map((k) => sketches[k].open);
  const kept = new Uint8Array(across * down), columns = Math.ceil(across / 8), rows = Math.ceil(down / 8), moved = new Uint8Array(columns * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const cell = 8 * i * across + 8 * j;
      if (near.every((open) => open[cell] === near[0][cell])) continue;
      for (let y = Math.max(i - 1, 0); y <= Math.min(i + 1, rows - 1); y++)
        for (let x = Math.max(j - 1, 0); x <= Math.min(j + 1, columns - 1); x++) moved[y * columns + x] = 1;
    }
  for (let y = 0; y < down - (strip ? 1 : 0); y++)
    for (let x = 0; x < across; x++) {
      let all = moved[(y >> 3) * columns + (x >> 3)] ? 0 : 1;
      for (let j = Math.max(y - 1, 0); j <= Math.min(y + 1, down - 1); j++)
        for (let i = Math.max(x - 1, 0); i <= Math.min(x + 1, across - 1); i++)
          for (const open of near) all &= open[j * across + i];
      kept[y * across + x] = all;
    }
  return kept;
}
function known(sketches, n, cells, strip) {
  const sketch = sketches[n];
  if (!sketch.known) {
    const kept = comparableMeans(sketches, n, cells, strip);
    sketch.known = Float32Array.from(sketch.picture, (value, cell) => (kept[cell] ? value : NaN));
  }
  return sketch.known;
}
const median = (list) => {
  const sorted = Float64Array.from(list).sort(), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
function fitBrightness(pairs) {
  // pairs: [known means, video] of many sketches; a weighted line through the medians of classes of 16 levels
  const classes = Array.from({ length: 16 }, () => [[], []]);
  for (const [reference, video] of pairs)
    for (let cell = 0; cell < reference.length; cell++) {
      if (Number.isNaN(reference[cell]) || Number.isNaN(video[cell])) continue;
      const [x, y] = classes[reference[cell] >> 4];
      x.push(reference[cell]); y.push(video[cell]);
    }
  const points = classes.filter(([x]) => x.length >= 50).map(([x, y]) => [median(x), median(y), Math.sqrt(x.length)]);
  if (!points.length) return { gain: 1, offset: 0 };
  const total = points.reduce((sum, p) => sum + p[2], 0), mean = (of) => points.reduce((sum, p) => sum + of(p) * p[2], 0) / total;
  const x = mean((p) => p[0]), y = mean((p) => p[1]), variance = mean((p) => (p[0] - x) ** 2);
  if (points.length < 2 || variance < 1) return { gain: 1, offset: y - x };
  const gain = Math.min(Math.max(mean((p) => (p[0] - x) * (p[1] - y)) / variance, 0.5), 2);
  return { gain, offset: y - gain * x };
}
function tileScores(sketches, n, video, fit, cells, layout, strip, tolerance) {
  const reference = known(sketches, n, cells, strip), near = [n - 1, n + 1].filter((k) => k >= 0 && k < sketches.length);
  const high = neighbourhood(reference, cells, (a, b) => a > b), low = neighbourhood(reference, cells, (a, b) => a < b);
  const change = new Float32Array(reference.length).fill(NaN);
  for (const k of near) {
    const other = known(sketches, k, cells, strip);
    for (let cell = 0; cell < change.length; cell++) {
      const moved = Math.abs(reference[cell] - other[cell]);
      if (!Number.isNaN(moved) && !(change[cell] >= moved)) change[cell] = moved;
    }
  }
  const motion = neighbourhood(change, cells, (a, b) => a > b), scores = new Float32Array(layout.tiles).fill(NaN);
  for (let cell = 0; cell < reference.length; cell++) {
    const levelled = (video[cell] - fit.offset) / fit.gain;
    const left = Math.abs(levelled - reference[cell]) - tolerance.spatial_share * (high[cell] - low[cell])
      - tolerance.temporal_share * (Number.isNaN(motion[cell]) ? 0 : motion[cell]);
    const tile = (Math.floor(cell / cells.across) >> 3) * layout.columns + ((cell % cells.across) >> 3);
    if (!Number.isNaN(left) && !(scores[tile] >= left)) scores[tile] = left;
  }
  return scores;
}
function redTiles(scores, tolerance) {
  // scores: one array per sketch
  return scores.map((row, n) => row.map((score, tile) => {
    const far = (k) => k >= 0 && k < scores.length && scores[k][tile] > tolerance.lasting;
    return score > tolerance.single || (far(n) && (far(n - 1) || far(n + 1))) ? 1 : 0;
  }));
}
function meanDifference(pairs) {
  const fit = fitBrightness(pairs);
  let sum = 0, count = 0;
  for (const [reference, video] of pairs)
    for (let cell = 0; cell < reference.length; cell++) {
      const difference = Math.abs((video[cell] - fit.offset) / fit.gain - reference[cell]);
      if (!Number.isNaN(difference)) { sum += difference; count++; }
    }
  return count ? sum / count : Infinity;
}
