// Painting: proven frames from their own bytes, and the overlay of green and red tiles. Nothing that is painted is ever hashed.

function sample(bytes, at, wide) {
  return wide ? bytes[2 * at] | (bytes[2 * at + 1] << 8) : bytes[at];
}
function depthOf(format) {
  const found = /(9|10|12|14|16)(le|be)$/.exec(format);
  return found ? Number(found[1]) : 8;
}
function paintFrame(canvas, frame) {
  // YUV after BT.601 or, from 720 rows on, BT.709 (full range where the name says j); packed RGB as it is; else luma alone
  const { layout, shown } = frame, context = canvas.getContext("2d");
  canvas.width = layout.width; canvas.height = layout.height;
  context.fillStyle = "#444"; context.fillRect(0, 0, layout.width, layout.height);
  const isYuv = /^(yuv|nv12|nv21|p010)/.test(layout.format) && layout.planes.length >= 2, shift = depthOf(layout.format) - 8;
  const full = layout.format.startsWith("yuvj"), hd = layout.height >= 720;
  const [kr, kb] = hd ? [0.2126, 0.0722] : [0.299, 0.114], gain = full ? 1 : 255 / 219, chroma = full ? 2 : (255 / 224) * 2, black = full ? 0 : 16;
  for (const [tile, bytes] of shown) {
    const rects = layout.planes.map((plane) => planeRect(layout, tile, plane)), starts = [];
    rects.reduce((at, r, n) => { starts.push(at); return at + (r.right - r.left) * (r.bottom - r.top) * layout.planes[n][2]; }, 0);
    const { left, top, right, bottom } = rects[0], wide = right - left, image = context.createImageData(wide, bottom - top);
    const at = (plane, x, y) => {
      const [sx, sy, size] = layout.planes[plane], r = rects[plane];
      const column = Math.min(((left + x) >> sx) - r.left, r.right - r.left - 1), row = Math.min(((top + y) >> sy) - r.top, r.bottom - r.top - 1);
      return starts[plane] + (row * (r.right - r.left) + column) * size;
    };
    for (let y = 0; y < bottom - top; y++)
      for (let x = 0; x < wide; x++) {
        const deep = shift > 0, first = at(0, x, y), out = 4 * (y * wide + x);
        let r, g, b;
        if (isYuv) {
          const luma = ((sample(bytes.subarray(first), 0, deep) >> shift) - black) * gain;
          const both = layout.planes.length === 2, u0 = at(1, x, y), v0 = both ? u0 + (deep ? 2 : 1) : at(2, x, y);
          const u = ((sample(bytes.subarray(u0), 0, deep) >> shift) - 128) * chroma, v = ((sample(bytes.subarray(v0), 0, deep) >> shift) - 128) * chroma;
          r = luma + v * (1 - kr); b = luma + u * (1 - kb); g = (luma - kr * r - kb * b) / (1 - kr - kb);
        } else if (/^(bgra|bgr24|bgr0)$/.test(layout.format)) [b, g, r] = bytes.subarray(first, first + 3);
        else if (/^(rgba|rgb24|rgb0)$/.test(layout.format)) [r, g, b] = bytes.subarray(first, first + 3);
        else r = g = b = sample(bytes.subarray(first), 0, deep) >> shift;
        image.data[out] = r; image.data[out + 1] = g; image.data[out + 2] = b; image.data[out + 3] = 255;
      }
    context.putImageData(image, left, top);
  }
}
function turn(canvas, turns) {
  // quarter turns clockwise: as the public picture stands
  if (!(turns % 4)) return;
  const raw = document.createElement("canvas"), { width, height } = canvas, context = canvas.getContext("2d");
  raw.width = width; raw.height = height;
  raw.getContext("2d").drawImage(canvas, 0, 0);
  if (turns % 2) { canvas.width = height; canvas.height = width; }
  context.setTransform(1, 0, 0, 1, canvas.width / 2, canvas.height / 2);
  context.rotate((turns * Math.PI) / 2);
  context.drawImage(raw, -width / 2, -height / 2);
  context.setTransform(1, 0, 0, 1, 0, 0);
}
function tileOnScreen(layout, part, tile, width, height) {
  // where a tile of the raw lies on a shown video of width x height pixels, strip included
  const left = 64 * (tile % layout.columns), top = 64 * Math.floor(tile / layout.columns);
  const right = Math.min(left + 64, layout.width), bottom = Math.min(top + 64, layout.height), w = layout.width, h = layout.height;
  const box = [[left, top, right, bottom, w, h], [h - bottom, left, h - top, right, h, w],
    [w - right, h - bottom, w - left, h - top, w, h], [top, w - right, bottom, w - left, h, w]][part.quarter_turns % 4];
  const sx = width / box[4], sy = (height * part.height) / (part.height + part.strip) / box[5];
  return [box[0] * sx, box[1] * sy, (box[2] - box[0]) * sx, (box[3] - box[1]) * sy];
}
function paintOverlay(canvas, layout, part, sketch, red, scores) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!sketch) return;
  for (let tile = 0; tile < layout.tiles; tile++) {
    const [x, y, w, h] = tileOnScreen(layout, part, tile, canvas.width, canvas.height);
    if (sketch.hidden.has(tile) || (scores && Number.isNaN(scores[tile]))) { // hidden, or nothing of it is compared
      context.strokeStyle = "#888"; context.setLineDash([4, 4]); context.lineWidth = 1; context.strokeRect(x + 1, y + 1, w - 2, h - 2);
    } else if (red && red[tile]) {
      context.setLineDash([]); context.fillStyle = "rgba(213,0,0,.45)"; context.fillRect(x, y, w, h);
      context.strokeStyle = "#fff"; context.lineWidth = 2; context.beginPath(); // a cross: not by colour alone
      context.moveTo(x + 4, y + 4); context.lineTo(x + w - 4, y + h - 4); context.moveTo(x + w - 4, y + 4); context.lineTo(x + 4, y + h - 4); context.stroke();
    } else if (red) {
      context.setLineDash([]); context.fillStyle = "rgba(0,150,70,.13)"; context.fillRect(x, y, w, h);
      context.strokeStyle = "rgba(0,150,70,.55)"; context.lineWidth = 1; context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    }
  }
}
