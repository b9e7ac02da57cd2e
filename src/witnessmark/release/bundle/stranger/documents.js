// Bytes, texts and small documents, read strictly. A refusal is thrown as Refused with the code of docs/spec/bundle.md.

class Refused extends Error {
  constructor(code, text) { super(text); this.code = code; }
}
const ascii = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const utf8 = (text) => new TextEncoder().encode(text);
const readText = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
function joined(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
}
function u64(number) {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(number));
  return out;
}
function fromHex(text, code, length) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text) || (length !== undefined && text.length !== 2 * length))
    throw new Refused(code, "a value that should be lower-case hex of a certain length is not");
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.substr(2 * i, 2), 16);
  return out;
}
function fromBase64(text, code) {
  let out;
  try { out = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); } catch { throw new Refused(code, "this is not base64"); }
  if (toBase64(out) !== text) throw new Refused(code, "this is not canonical base64");
  return out;
}
function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
function readDocument(bytes, schema, members, code) {
  let made;
  try { made = JSON.parse(readText(bytes)); } catch { throw new Refused(code, "a document is not JSON"); }
  requireMembers(made, ["schema", ...members], code);
  if (made.schema !== schema) throw new Refused(code, `a document is of another schema than ${schema}`);
  return made;
}
function requireMembers(made, members, code) {
  const found = made && typeof made === "object" && !Array.isArray(made) ? Object.keys(made) : null;
  if (!found || found.length !== members.length || !members.every((name) => found.includes(name)))
    throw new Refused(code, "a document has not the members it should have");
}
function readNumber(value, code, least, most) {
  if (!Number.isSafeInteger(value) || value < least || value > most) throw new Refused(code, "a number is missing or out of range");
  return value;
}
function readList(value, code) {
  if (!Array.isArray(value)) throw new Refused(code, "a list is missing");
  return value;
}
async function inflate(bytes, code, length) {
  // exactly `length` bytes, or a refusal; stops reading as soon as more comes
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const out = new Uint8Array(length);
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > length) throw new Error();
      out.set(value, at); at += value.length;
    }
  } catch { throw new Refused(code, "a compressed file is damaged or holds more than it should"); }
  if (at !== length) throw new Refused(code, "a compressed file holds less than it should");
  return out;
}
