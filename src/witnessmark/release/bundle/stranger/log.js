// Merkle proofs (RFC 9162), signed notes and checkpoints (C2SP), day trees (docs/spec/day-tree.md), approvals (SSHSIG).

const LEAF = Uint8Array.of(0), NODE = Uint8Array.of(1);
const nodeHash = (left, right) => sha256(NODE, left, right);
function treeHash(leaves) {
  let row = leaves;
  while (row.length > 1) {
    const next = [];
    for (let i = 0; i + 1 < row.length; i += 2) next.push(nodeHash(row[i], row[i + 1]));
    if (row.length % 2) next.push(row[row.length - 1]);
    row = next;
  }
  return row[0];
}
function isIncluded(leaf, index, size, path, root) {
  if (index < 0 || index >= size || path.some((part) => part.length !== 32)) return false;
  let place = index, last = size - 1, result = leaf;
  const half = (n) => Math.floor(n / 2);
  for (const part of path) {
    if (last === 0) return false;
    if (place % 2 || place === last) {
      result = nodeHash(part, result);
      while (place % 2 === 0 && place) { place = half(place); last = half(last); }
    } else result = nodeHash(result, part);
    place = half(place); last = half(last);
  }
  return last === 0 && same(result, root);
}

const DEMONSTRATION = "73d347de47f91234cd9de758ae0624d6897e809d8057b1630c02506bd93f6d4f";
function parseKey(text, code) {
  const parts = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text || "");
  if (!parts) throw new Refused(code, "a verifier key has three parts joined by plus signs");
  const material = fromBase64(parts[3], code), name = parts[1];
  const id = sha256(utf8(name + "\n"), material).subarray(0, 4);
  if (material.length !== 33 || hex(id) !== parts[2]) throw new Refused(code, "the id of a verifier key does not match it");
  return { text, name, id, algorithm: material[0], key: material.subarray(1), fingerprint: hex(sha256(utf8(text))) };
}
function parseNote(bytes, code) {
  const whole = readText(bytes), at = whole.lastIndexOf("\n\n");
  if (at < 0 || !whole.endsWith("\n")) throw new Refused(code, "a note has a text, an empty line and signatures");
  const lines = whole.slice(at + 2).split("\n").slice(0, -1).map((line) => {
    const parts = /^\u2014 ([^+\s]+) (\S+)$/.exec(line);
    if (!parts) throw new Refused(code, "a signature line is not one");
    const data = fromBase64(parts[2], code);
    return { name: parts[1], id: data.subarray(0, 4), data: data.subarray(4) };
  });
  if (!lines.length) throw new Refused(code, "a note has signatures");
  return { text: whole.slice(0, at + 1), lines };
}
const isBy = (line, key) => line.name === key.name && same(line.id, key.id);
function isSignedBy(note, key) {
  const lines = note.lines.filter((line) => isBy(line, key));
  return lines.length > 0 && lines.every((line) => verifySignature(key.key, utf8(note.text), line.data));
}
function cosignedAt(note, key) {
  // POSIX time of the newest cosignature, or null where none is there; a bad one is a refusal
  const times = note.lines.filter((line) => isBy(line, key)).map((line) => {
    const seconds = line.data.length === 72 ? new DataView(line.data.buffer, line.data.byteOffset, 8).getBigUint64(0) : 0n;
    if (!seconds || !verifySignature(key.key, utf8(`cosignature/v1\ntime ${seconds}\n${note.text}`), line.data.subarray(8)))
      throw new Refused("witness.signature", `the cosignature of witness ${key.name} does not hold`);
    return Number(seconds);
  });
  return times.length ? Math.max(...times) : null;
}
function readKeys(bytes) {
  const given = readDocument(bytes, "witnessmark/publication-keys/1", ["first_vkey", "rotations"], "keys.format");
  const keys = [{ from: -1, key: parseKey(given.first_vkey, "keys.format") }];
  for (const change of readList(given.rotations, "keys.format")) {
    requireMembers(change, ["index", "new_vkey", "old_vkey", "signature"], "keys.rotation");
    const { from, key } = keys[keys.length - 1], next = parseKey(change.new_vkey, "keys.rotation");
    const text = `witnessmark/publication-key/1\n${key.name}\n${change.index}\n${key.text}\n${next.text}\n`;
    if (change.old_vkey !== key.text || next.name !== key.name || next.algorithm !== 1 || !(change.index > from)
        || !verifySignature(key.key, utf8(text), fromBase64(change.signature, "keys.rotation")))
      throw new Refused("keys.rotation", "a change of key is not signed by the key before it");
    keys.push({ from: change.index, key: next });
  }
  if (keys[0].key.algorithm !== 1) throw new Refused("keys.format", "the log's first key is not a key for checkpoints");
  return keys;
}
function checkEntry(dayBytes, logBytes, keys, kind, payload) {
  const code = "entry.format";
  const day = readDocument(dayBytes, "witnessmark/day-proof/1", ["day", "index", "kind", "path", "payload", "root", "salt"], code);
  const name = ascii("witnessmark/day/1/" + day.kind), root = fromHex(day.root, code, 32), given = fromHex(day.payload, code);
  if (!/^\d{4}-\d\d-\d\d$/.test(day.day) || day.kind !== kind || !same(given, payload))
    throw new Refused("entry.payload", "a day entry is of something else");
  const leaf = sha256(LEAF, fromHex(day.salt, code, 32), Uint8Array.of(name.length), name, given);
  const path = readList(day.path, code).map((part) => fromHex(part, code, 32));
  if (path.length !== 16 || !isIncluded(leaf, readNumber(day.index, code, 0, 65535), 65536, path, root))
    throw new Refused("entry.path", "an entry does not stand in a day tree with this root");
  const data = `{"day":"${day.day}","root":"${day.root}","schema":"witnessmark/publication-day/1"}`;
  const text = readText(logBytes), cut = text.indexOf("\n\n"), lines = text.slice(0, cut).split("\n");
  const index = /^index (0|[1-9]\d{0,14})$/.exec(lines[1] || "");
  if (lines[0] !== "c2sp.org/tlog-proof@v1" || !index) throw new Refused("checkpoint.format", "this is not a tlog-proof");
  const note = parseNote(utf8(text.slice(cut + 2)), "checkpoint.format");
  const [origin, size, rootText, rest] = note.text.split("\n");
  if (rest !== "" || !/^[1-9]\d{0,14}$/.test(size)) throw new Refused("checkpoint.format", "a checkpoint has three lines");
  const key = keys.filter((k) => k.from < Number(size)).pop().key;
  if (origin !== key.name) throw new Refused("checkpoint.other", "the checkpoint is of another log");
  if (!isSignedBy(note, key)) throw new Refused("checkpoint.signature", "the checkpoint is not signed by the key of the log");
  const upwards = lines.slice(2).map((line) => fromBase64(line, "checkpoint.format"));
  if (!isIncluded(sha256(LEAF, ascii(data)), Number(index[1]), Number(size), upwards, fromBase64(rootText, "checkpoint.format")))
    throw new Refused("entry.log", "the day's root does not stand in the log of this checkpoint");
  return { day: day.day, note };
}
function sshString(bytes) {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return joined(length, bytes);
}
function isApproved(key, message, blob) {
  const signature = blob.subarray(-64), type = sshString(ascii("ssh-ed25519")), magic = ascii("SSHSIG");
  const named = joined(sshString(ascii("witnessmark-release@v1")), sshString(new Uint8Array(0)), sshString(ascii("sha512")));
  const whole = joined(magic, Uint8Array.of(0, 0, 0, 1), sshString(joined(type, sshString(key))), named,
    sshString(joined(type, sshString(signature))));
  return same(whole, blob) && verifySignature(key, joined(magic, named, sshString(sha512(message))), signature);
}
