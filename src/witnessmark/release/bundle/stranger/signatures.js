// Ed25519 verification (RFC 8032 section 5.1) with BigInt. It only verifies, so there is no secret to leak by timing.
// Strict like verify.py: S below the group order, canonical encodings, the equation without cofactor.

const P = 2n ** 255n - 19n, ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (x) => { const r = x % P; return r < 0n ? r + P : r; };
function power(base, exponent) {
  let result = 1n;
  for (base = mod(base); exponent; exponent >>= 1n, base = (base * base) % P)
    if (exponent & 1n) result = (result * base) % P;
  return result;
}
const D = mod(-121665n * power(121666n, P - 2n)), ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * t1 * t2 * D), d = mod(2n * z1 * z2);
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
function times(scalar, point) {
  let result = [0n, 1n, 1n, 0n];
  for (; scalar; scalar >>= 1n, point = add(point, point)) if (scalar & 1n) result = add(result, point);
  return result;
}
function recoverX(y, sign) {
  if (y >= P) return null;
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  if (square === 0n) return sign ? null : 0n;
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square)) x = mod(x * ROOT_OF_MINUS_ONE);
  if (mod(x * x - square)) return null;
  return (x & 1n) !== BigInt(sign) ? P - x : x;
}
const little = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
function decodePoint(bytes) {
  const whole = little(bytes), sign = Number(whole >> 255n), y = whole & (2n ** 255n - 1n), x = recoverX(y, sign);
  return x === null ? null : [x, y, 1n, mod(x * y)];
}
function encodePoint([x, y, z]) {
  const inverse = power(z, P - 2n);
  let value = mod(y * inverse) | ((mod(x * inverse) & 1n) << 255n);
  return Uint8Array.from({ length: 32 }, () => { const byte = Number(value & 255n); value >>= 8n; return byte; });
}
const BASE_Y = mod(4n * power(5n, P - 2n)), BASE_X = recoverX(BASE_Y, 0), BASE = [BASE_X, BASE_Y, 1n, mod(BASE_X * BASE_Y)];
function verifySignature(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const point = decodePoint(key), s = little(signature.subarray(32));
  if (point === null || s >= ORDER) return false;
  const k = little(sha512(joined(signature.subarray(0, 32), key, message))) % ORDER;
  const minus = [P - point[0], point[1], point[2], P - point[3]];
  return same(encodePoint(add(times(s, BASE), times(k, minus))), signature.subarray(0, 32));
}
