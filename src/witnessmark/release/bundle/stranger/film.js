// A dropped video, looked at picture by picture at the times of the sketches, and compared with them.

const LUMA_OF = [[0.299, 0.587, 0.114], [0.2126, 0.7152, 0.0722]]; // BT.601 and BT.709: which one a player used shows in the fit
const PROBES = 16, SHIFTS_S = 2, STEP_S = 1 / 6;

class Film {
  constructor(video, part) {
    this.video = video; this.part = part; this.layout = part.opened.layout; this.cells = part.opened.cells;
    this.sketches = part.opened.sketches;
    this.canvas = document.createElement("canvas");
    this.canvas.width = video.videoWidth; this.canvas.height = video.videoHeight;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true, alpha: false });
    this.grid = new Grid(this.layout, part, video.videoWidth, video.videoHeight);
    this.weights = LUMA_OF[0];
    this.shift = 0;
  }
  timeOf(n) {
    const { first, count } = this.sketches[n];
    return (first + Math.min(count, 2) / 2) / this.part.perSecond; // inside the first picture that shows it, or between two alike
  }
  async look(time) {
    // means of the picture at that time; null outside the video
    if (time < 0 || time > this.video.duration - 0.001) return null;
    await seek(this.video, time);
    this.context.drawImage(this.video, 0, 0);
    return this.context.getImageData(0, 0, this.canvas.width, this.canvas.height).data;
  }
  async means(time) {
    const pixels = await this.look(time);
    return pixels ? this.grid.means(pixels, this.weights) : null;
  }
  known(n) { return known(this.sketches, n, this.cells, this.part.strip > 0); }
  probes() {
    const count = Math.min(PROBES, this.sketches.length);
    return Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * this.sketches.length) / count));
  }
  async difference(shift, probes) {
    const pairs = [];
    for (const n of probes) {
      const picture = await this.means(this.timeOf(n) + shift);
      if (picture) pairs.push([this.known(n), picture]);
    }
    return pairs.length * 2 >= probes.length ? meanDifference(pairs) : Infinity;
  }
  async prepare(tell) {
    // which matrix the player used, and by how much the video is shifted as a whole
    const probes = this.probes(), byMatrix = [[], []];
    for (const n of probes) {
      const pixels = await this.look(this.timeOf(n));
      if (pixels) LUMA_OF.forEach((weights, k) => byMatrix[k].push([this.known(n), this.grid.means(pixels, weights)]));
    }
    if (meanDifference(byMatrix[1]) < meanDifference(byMatrix[0])) this.weights = LUMA_OF[1];
    const none = await this.difference(0, probes);
    let best = [none, 0];
    const tryShift = async (shift) => {
      const found = await this.difference(shift, probes);
      if (found < best[0]) best = [found, shift];
    };
    for (let k = 1; k * STEP_S <= SHIFTS_S; k++) {
      tell(`looking for a shift in time (${(k * STEP_S).toFixed(1)} s)`);
      await tryShift(k * STEP_S); await tryShift(-k * STEP_S);
    }
    const around = best[1], frame = 1 / this.part.perSecond;
    for (let k = 1; k * frame < STEP_S; k++) { await tryShift(around + k * frame); await tryShift(around - k * frame); }
    this.shift = best[0] < 0.9 * none ? best[1] : 0;
  }
  async compare(tolerance, tell, stopped) {
    const pictures = [];
    for (let n = 0; n < this.sketches.length; n++) {
      if (stopped()) return null;
      pictures.push((await this.means(this.timeOf(n) + this.shift)) || new Float32Array(this.cells.across * this.cells.down).fill(NaN));
      tell(`looked at ${n + 1} of ${this.sketches.length} sketches`);
    }
    this.fit = fitBrightness(pictures.map((picture, n) => [this.known(n), picture]));
    this.scores = pictures.map((picture, n) =>
      tileScores(this.sketches, n, picture, this.fit, this.cells, this.layout, this.part.strip > 0, tolerance));
    this.red = redTiles(this.scores, tolerance);
    return this.red;
  }
  at(time) {
    // the sketch that is nearest in time
    const public_ = time - this.shift;
    let best = -1;
    this.sketches.forEach((_, n) => { if (best < 0 || Math.abs(this.timeOf(n) - public_) < Math.abs(this.timeOf(best) - public_)) best = n; });
    return best;
  }
}
function seek(video, time) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the player did not reach a picture")), 15000);
    const done = () => { clearTimeout(timer); video.removeEventListener("seeked", done); resolve(); };
    video.addEventListener("seeked", done);
    video.currentTime = time;
  });
}
