import type { Probe } from "../format.ts";

/**
 * Whether the bytes are a `model.json` of TensorFlow.js, or a manifest of weights without a model: both are JSON that
 * lists weights and the paths of their shards.
 */
export function looksLikeTfjs({ head, tail }: Probe): boolean {
  const decoder = new TextDecoder("latin1");
  const [start, end] = [decoder.decode(head), decoder.decode(tail)];
  if (/^\s*\{/.test(start)) {
    return (
      /"format"\s*:\s*"(graph|layers)-model"/.test(start) ||
      start.includes('"weightsManifest"') ||
      end.includes('"weightsManifest"') ||
      (start.includes('"modelTopology"') && end.includes('"paths"'))
    );
  }
  return (
    /^\s*\[\s*\{\s*"(weights|paths)"\s*:/.test(start) && end.includes('"paths"') && end.includes('"shape"')
  );
}
