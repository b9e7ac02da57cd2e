// The checks of the page, in the order of docs/spec/bundle.md. Each says what it proves; the first refusal ends the run.

class Bundle {
  constructor(files) {
    this.files = files; // Map of path to bytes: what is inlined in this page
    this.results = [];
    this.issuer = "NOT established";
    this.parts = [];
  }
  file(path) {
    if (!this.files.has(path)) throw new Refused("files.missing", `${path} is missing from this page`);
    return this.files.get(path);
  }
  async run(tell) {
    const steps = [
      ["issuer", "the log began with the key whose fingerprint stands here", () => this.checkIssuer()],
      ["manifest", "what was approved is what this page holds", () => this.checkManifest()],
      ["approvals", "these different keys signed exactly this release", () => this.checkApprovals()],
      ["item", "the item root was entered in the log by the day named", () => this.checkItems()],
      ["release", "this release with its approvals was entered in the log", () => this.checkRelease()],
      ["witnesses", "the witnesses named saw this log, and no other version of it", () => this.checkWitnesses()],
      ["sketches", "the opened means are the item's own, tile by tile; nothing but whole tiles is hidden", () => this.checkSketches()],
      ["frames", "the opened tiles are the item's own samples", () => this.checkFrames()],
    ];
    for (const [name, proves, step] of steps) {
      if ((name === "sketches" || name === "frames") && !this.parts.length) continue; // words alone: nothing was opened
      const result = { name, proves, ok: true, detail: "", reason: "" };
      try { result.detail = await step(); } catch (error) {
        result.ok = false; result.detail = error.message; result.reason = error instanceof Refused ? error.code : "page.fault";
      }
      this.results.push(result);
      tell(result);
      await pause();
      if (!result.ok) return false;
    }
    return true;
  }
  checkIssuer() {
    this.keys = readKeys(this.file("proof/publication-keys.json"));
    this.first = this.keys[0].key;
    this.demonstration = this.keys.some(({ key }) => hex(key.key) === DEMONSTRATION);
    if (this.demonstration) this.issuer = "DEMONSTRATION KEY, NOT EVIDENCE";
    return this.demonstration ? "anyone can sign with the published demonstration key: NOT EVIDENCE" : `this log says ${this.first.fingerprint}`;
  }
  checkManifest() {
    const bytes = this.file("proof/manifest.json"), code = "manifest.format";
    this.manifest = readDocument(bytes, "witnessmark/manifest/1", ["files", "form", "items", "origin", "parts", "release"], code);
    this.payloads = readList(this.manifest.items, code).map((item) => fromHex(item, code, 64));
    if (this.manifest.origin !== this.first.name) throw new Refused("manifest.files", "the manifest is of another log");
    let held = 0;
    for (const [path, [digest, size]] of Object.entries(this.manifest.files)) {
      if (!this.files.has(path)) continue;
      const data = this.file(path);
      if (data.length !== size || hex(sha256(data)) !== digest) throw new Refused("manifest.files", `${path} is not what was approved`);
      held++;
    }
    for (const part of readList(this.manifest.parts, code)) {
      const rate = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(part.rate);
      if (!rate || !this.payloads[part.item - 1]) throw new Refused(code, "a part is not described as it should be");
      this.parts.push({ ...part, perSecond: rate[1] / rate[2], root: this.payloads[part.item - 1].subarray(0, 32), opened: null, proven: [] });
    }
    return `${held} of ${Object.keys(this.manifest.files).length} files are in this page; drop the others to check them`;
  }
  checkApprovals() {
    const code = "approvals.format", manifest = this.file("proof/manifest.json"), seen = [];
    const given = readDocument(this.file("proof/approvals.json"), "witnessmark/approvals/1", ["approvals"], code);
    for (const one of readList(given.approvals, code)) {
      requireMembers(one, ["public", "role", "signature"], code);
      const text = `witnessmark-release/1\n${this.manifest.origin}\n${one.role}\n${hex(sha256(manifest))}\n`;
      if (!isApproved(fromHex(one.public, code, 32), utf8(text), fromBase64(one.signature, code)))
        throw new Refused("approvals.signature", `the signature of a ${one.role} is not over this manifest`);
      seen.push(one);
    }
    const roles = seen.map((one) => one.role);
    if (new Set(seen.map((one) => one.public)).size !== seen.length || !roles.includes("redactor") || !roles.includes("approver"))
      throw new Refused("approvals.people", "a redactor and an approver, by two keys, must both have signed");
    return seen.map((one) => `${one.role} ${one.public.slice(0, 16)}`).join("; ");
  }
  entry(folder, kind, payload) {
    const proof = checkEntry(this.file(folder + "day-proof.json"), this.file(folder + "publication.tlog-proof"), this.keys, kind, payload);
    if (this.note && JSON.stringify(this.note) !== JSON.stringify(proof.note))
      throw new Refused("checkpoint.other", "two proofs rest on different checkpoints");
    this.note = proof.note;
    return proof.day;
  }
  checkItems() {
    const days = this.payloads.map((payload, n) => this.entry(`proof/item-${n + 1}/`, "item", payload));
    return `${days.length} items; days ${days.join(", ")} (a day is what the issuer says; a time stamp proves it)`;
  }
  checkRelease() {
    this.pending = !this.files.has("proof/release/day-proof.json");
    if (this.pending) return "time: PENDING, not proven yet; a supplement will prove it";
    const parts = ["proof/manifest.json", "proof/approvals.json"].map((path) => this.file(path)).flatMap((data) => [u64(data.length), data]);
    return `day ${this.entry("proof/release/", "release", sha256(ascii("witnessmark/release/1"), ...parts))}`;
  }
  checkWitnesses() {
    const witnesses = [];
    for (const line of readText(this.file("proof/policy.txt")).split("\n")) {
      const words = line.split(/[ \t]+/).filter(Boolean);
      if (words[0] === "witness") witnesses.push(parseKey(words[2], "policy.format"));
    }
    if (!this.note) return "there is no checkpoint yet";
    const known = [...witnesses, ...this.keys.map(({ key }) => key)];
    if (this.note.lines.some((line) => !known.some((key) => isBy(line, key))))
      throw new Refused("witness.unknown", "the checkpoint carries a signature line by a key that no list names");
    const seen = witnesses.map((key) => [key, cosignedAt(this.note, key)]).filter(([, at]) => at !== null);
    if (!seen.length) return "none cosigned: that the issuer keeps a second version of the log is not excluded";
    return "by the publisher's list (ask them yourself): " + seen.map(([key, at]) => `${key.name} at ${new Date(1000 * at).toISOString()}`).join("; ");
  }
  async checkSketches() {
    const said = [];
    for (const part of this.parts.filter((one) => one.sketches)) {
      const [json, hashes, means] = [".json", ".hashes", ".means"].map((end) => this.file(part.sketches + end));
      part.opened = await checkSketches(json, hashes, means, part.root);
      const hidden = part.opened.sketches.reduce((sum, one) => sum + one.hidden.size, 0), all = part.opened.sketches.length * part.opened.layout.tiles;
      const count = part.kind === "picture" ? "a sketch of it" : `${part.opened.sketches.length} sketches`;
      said.push(`${part.files[0]}: ${count}, ${((100 * hidden) / all).toFixed(1)} % of the tiles hidden`);
    }
    return said.join("; ") || "none here";
  }
  async checkFrames() {
    let count = 0;
    for (const part of this.parts)
      for (const stem of part.frames) {
        part.proven.push(await checkFrame(this.file(stem + ".json"), this.file(stem + ".tiles"), part.root));
        count++;
      }
    return `${count} proven frames`;
  }
}

async function unpackPage() {
  // the data block: base64 of deflated bytes: u32 length of a JSON list of [path, length], the list, then the files
  const block = document.getElementById("data"), packed = fromBase64(block.textContent.trim(), "page.data");
  const all = await inflate(packed, "page.data", Number(block.dataset.length)), files = new Map();
  const length = new DataView(all.buffer).getUint32(0);
  let at = 4 + length;
  for (const [path, size] of JSON.parse(readText(all.subarray(4, at)))) { files.set(path, all.subarray(at, at + size)); at += size; }
  return files;
}
