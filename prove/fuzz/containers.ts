import type { Random } from "../random.ts";
import { gzip } from "../writers/gzip.ts";
import { safetensors } from "../writers/safetensors.ts";
import { paxRecord, type TarEntry, tar } from "../writers/tar.ts";
import { float32Weight } from "../writers/weight.ts";
import { type ZipEntry, zip } from "../writers/zip.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";

const MODEL = safetensors([float32Weight("conv.weight", [4, 2, 3, 3], { length: 72 })]);
const ENTRIES: readonly TarEntry[] = [
  { name: "net/", type: "5" },
  { name: "pax", type: "x", bytes: paxRecord("path", "net/a.safetensors") },
  { name: "x", bytes: MODEL },
  { name: "net/notes.txt", bytes: new Uint8Array(700).fill(0x61) },
];
const FILES: readonly ZipEntry[] = [
  { name: "net/a.safetensors", bytes: MODEL },
  { name: "net/notes.txt", bytes: new Uint8Array(700).fill(0x61), deflate: true },
];

const TYPES = ["0", "1", "2", "5", "7", "x", "g", "L", "K", "S", "V", "A", "\0"];
const NAMES = [
  "../a.safetensors",
  "/a.safetensors",
  "",
  ".",
  "net",
  "a.safetensors",
  "net/a.safetensors",
  "b.zip",
];

function changedEntry(random: Random, entry: TarEntry): TarEntry {
  return {
    ...entry,
    ...(random.chance(0.3) ? { type: random.pick(TYPES) } : {}),
    ...(random.chance(0.3) ? { name: random.pick(NAMES) } : {}),
    ...(random.chance(0.2) ? { size: random.chance(0.5) ? random.below(5000) : random.bytes(12) } : {}),
    ...(random.chance(0.1) ? { prefix: random.pick(NAMES) } : {}),
    ...(random.chance(0.2) ? { bytes: mutateBytes(random, entry.bytes ?? new Uint8Array(40)) } : {}),
  };
}

function structuralTar(random: Random): Uint8Array<ArrayBuffer> {
  const entries = ENTRIES.map((entry) => (random.chance(0.5) ? changedEntry(random, entry) : entry));
  return tar(random.chance(0.2) ? [...entries, random.pick(entries)] : entries, {
    blocks: random.between(0, 3),
  });
}

function structuralGzip(random: Random): Uint8Array<ArrayBuffer> {
  const content = random.chance(0.5) ? MODEL : structuralTar(random);
  return gzip(random.chance(0.3) ? gzip(content) : content, {
    ...(random.chance(0.3) ? { flags: random.below(256) } : {}),
    ...(random.chance(0.3) ? { extra: random.bytes(random.below(20)) } : {}),
    ...(random.chance(0.2) ? { crc: random.below(9) } : {}),
    ...(random.chance(0.2) ? { trailing: random.bytes(random.below(30)) } : {}),
  });
}

function structuralZip(random: Random): Uint8Array<ArrayBuffer> {
  const inner = random.pick([MODEL, structuralTar(random), structuralGzip(random)]);
  return zip(
    FILES.map((entry) => ({
      ...entry,
      deflate: random.chance(0.5),
      ...(random.chance(0.3) ? { name: random.pick(NAMES) } : {}),
      ...(random.chance(0.5) ? { bytes: inner } : {}),
    })),
  );
}

function container(
  name: string,
  main: string,
  seed: Uint8Array<ArrayBuffer>,
  structural: (random: Random) => Uint8Array<ArrayBuffer>,
): FuzzFormat {
  const one = (bytes: Uint8Array<ArrayBuffer>) => ({ main, files: new Map([[main, bytes]]) });
  return {
    name,
    slow: false,
    good: one(seed),
    mutated: (random) => one(mutateBytes(random, seed)),
    structural: (random) => one(structural(random)),
  };
}

/** Archives, and what is compressed. */
export const containerFuzz: readonly FuzzFormat[] = [
  container("tar", "a.tar", tar(ENTRIES), structuralTar),
  container("gzip", "a.tgz", gzip(tar(ENTRIES)), structuralGzip),
  container("zip of a folder", "a.zip", zip(FILES), structuralZip),
];
