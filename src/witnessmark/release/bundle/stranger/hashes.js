// SHA-256 and SHA-512 (FIPS 180-4). Own code, so that the page needs no secure context and no network.

const primes = [];
for (let n = 2; primes.length < 80; n++) if (primes.every((p) => n % p)) primes.push(n);

function rootBits(n, cube, bits) {
  // first `bits` bits of the fraction of the square or cube root of n, by integer search
  const shift = BigInt(bits), power = cube ? 3n : 2n, target = BigInt(n) << (shift * power);
  let low = 0n, high = 1n << (shift + 10n);
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= target) low = middle; else high = middle;
  }
  return low & ((1n << shift) - 1n);
}
const K256 = Int32Array.from(primes.slice(0, 64), (p) => Number(BigInt.asIntN(32, rootBits(p, true, 32))));
const H256 = Int32Array.from(primes.slice(0, 8), (p) => Number(BigInt.asIntN(32, rootBits(p, false, 32))));

class Sha256 {
  constructor() {
    this.state = Int32Array.from(H256);
    this.block = new Uint8Array(64);
    this.words = new Int32Array(64);
    this.held = 0;
    this.length = 0;
  }
  update(data) {
    this.length += data.length;
    let at = 0;
    if (this.held) {
      const take = Math.min(64 - this.held, data.length);
      this.block.set(data.subarray(0, take), this.held);
      this.held += take; at = take;
      if (this.held < 64) return this;
      this.compress(this.block, 0);
      this.held = 0;
    }
    for (; at + 64 <= data.length; at += 64) this.compress(data, at);
    if (at < data.length) { this.block.set(data.subarray(at), 0); this.held = data.length - at; }
    return this;
  }
  compress(data, at) {
    const w = this.words, s = this.state;
    for (let i = 0; i < 16; i++, at += 4)
      w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      const p = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const q = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + p + w[i - 7] + q) | 0;
    }
    let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (let i = 0; i < 64; i++) {
      const u = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t = (h + u + ((e & f) ^ (~e & g)) + K256[i] + w[i]) | 0;
      const v = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const m = (v + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + m) | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }
  digest() {
    const bits = this.length * 8, tail = new Uint8Array(this.held < 56 ? 64 - this.held : 128 - this.held);
    tail[0] = 0x80;
    new DataView(tail.buffer).setUint32(tail.length - 8, Math.floor(bits / 2 ** 32));
    new DataView(tail.buffer).setUint32(tail.length - 4, bits >>> 0);
    this.update(tail);
    const out = new Uint8Array(32), view = new DataView(out.buffer);
    this.state.forEach((word, i) => view.setInt32(4 * i, word));
    return out;
  }
}
function sha256(...parts) {
  const state = new Sha256();
  for (const part of parts) state.update(part);
  return state.digest();
}

const MASK64 = (1n << 64n) - 1n;
const K512 = primes.map((p) => rootBits(p, true, 64));
const H512 = primes.slice(0, 8).map((p) => rootBits(p, false, 64));
function sha512(message) {
  // only short messages come here: signatures
  const padded = new Uint8Array(Math.ceil((message.length + 17) / 128) * 128);
  padded.set(message); padded[message.length] = 0x80;
  new DataView(padded.buffer).setUint32(padded.length - 4, message.length * 8);
  const turn = (x, n) => ((x >> BigInt(n)) | (x << BigInt(64 - n))) & MASK64;
  let state = H512.slice();
  for (let at = 0; at < padded.length; at += 128) {
    const w = [], view = new DataView(padded.buffer, at, 128);
    for (let i = 0; i < 16; i++) w.push(view.getBigUint64(8 * i));
    for (let i = 16; i < 80; i++) {
      const x = w[i - 15], y = w[i - 2];
      w.push((w[i - 16] + (turn(x, 1) ^ turn(x, 8) ^ (x >> 7n)) + w[i - 7] + (turn(y, 19) ^ turn(y, 61) ^ (y >> 6n))) & MASK64);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 80; i++) {
      const t = (h + (turn(e, 14) ^ turn(e, 18) ^ turn(e, 41)) + ((e & f) ^ (~e & MASK64 & g)) + K512[i] + w[i]) & MASK64;
      const m = ((turn(a, 28) ^ turn(a, 34) ^ turn(a, 39)) + ((a & b) ^ (a & c) ^ (b & c))) & MASK64;
      h = g; g = f; f = e; e = (d + t) & MASK64; d = c; c = b; b = a; a = (t + m) & MASK64;
    }
    state = state.map((value, i) => (value + [a, b, c, d, e, f, g, h][i]) & MASK64);
  }
  const out = new Uint8Array(64), view = new DataView(out.buffer);
  state.forEach((value, i) => view.setBigUint64(8 * i, value));
  return out;
}
