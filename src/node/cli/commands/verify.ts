import { Command } from "commander";
import { escapeText, shorten } from "../../../index.ts";
import { jsonText, type Verification, verify } from "../../../report.ts";
import { nodeSpawn } from "../../spawn.ts";
import { type Context, EXIT, print } from "../context.ts";
import { addOpenOptions, type OpenFlags } from "../options.ts";
import { createProgress } from "../progress.ts";
import { sourceAt } from "../source-at.ts";
import { counted, examples, withCommas } from "../usage.ts";

interface VerifyFlags extends OpenFlags {
  readonly json?: boolean;
}

/** Lines of one kind that are printed; `--json` has them all. */
const SHOWN = 20;

/** `kernelscope verify FILE`. */
export function verifyCommand(context: Context, settle: (code: number) => void): Command {
  const command = new Command("verify")
    .description(
      "Reads all of FILE, one tensor at a time, and says what could be checked: the rules of its format, every checksum\n" +
        "that it keeps, and whether every tensor can be read. Exit code 1 when something is damaged.",
    )
    .argument("<FILE>", "a weight file, a folder or archive of one, an address, or '-' for standard input")
    .option("--json", "one JSON object instead of sentences");
  return addOpenOptions(command)
    .addHelpText(
      "after",
      examples([
        ["kernelscope verify model.keras", "checksums of the archive and its weights"],
        ["kernelscope verify model.safetensors", "its rules, and every tensor read: it keeps no checksum"],
        ["kernelscope verify model.pt --json", "for programs"],
      ]),
    )
    .action(async (file: string, options: VerifyFlags) => {
      const progress = createProgress(context);
      let result: Verification;
      try {
        result = await verify(await sourceAt(file, context), {
          axisOrder: options.axisOrder,
          entry: options.entry,
          signal: context.signal,
          spawn: nodeSpawn,
          onProgress: (done, total, name) => progress.show(done, total, name),
        });
      } finally {
        progress.clear();
      }
      await print(context, options.json ? `${jsonText(result, 2)}\n` : `${verifyText(result)}\n`);
      settle(result.sound ? EXIT.ok : EXIT.no);
    });
}

function verifyText(result: Verification): string {
  const { file, format, producer, sound, problems, notes } = result;
  const written = producer === null ? "" : `, written by ${escapeText(producer)}`;
  const lines = [`${escapeText(file)}${format === null ? "" : `: ${format}${written}`}`, ""];
  if (format === null) lines.push("rules      broken: the file could not be opened");
  else lines.push("rules      kept: names, sizes and places fit each other and the file");
  lines.push(...entryLines(result), ...tensorLines(result));
  for (const { part, name, message } of problems.slice(0, SHOWN)) {
    const what = part === "file" ? "" : `${part} ${escapeText(shorten(name, 60))}: `;
    lines.push(`damaged    ${what}${escapeText(message)}`);
  }
  if (problems.length > SHOWN) lines.push(`damaged    ${withCommas(problems.length - SHOWN)} more`);
  for (const note of notes) lines.push(`note       ${escapeText(note)}`);
  const all = counted(problems.length, "problem");
  lines.push("", sound ? "Nothing is damaged, as far as that can be checked." : `Damaged: ${all}.`);
  return lines.join("\n");
}

function entryLines({ entries }: Verification): readonly string[] {
  if (entries === null) return [];
  const { total, checked, unstated } = entries;
  const without = unstated === 0 ? "" : `; ${withCommas(unstated)} have none`;
  return [
    `entries    ${withCommas(checked)} of ${counted(total, "zip entry").replace(/entrys$/, "entries")} have the checksum (CRC-32) that the directory states${without}`,
  ];
}

function tensorLines({ tensors, format, entries }: Verification): readonly string[] {
  if (format === null) return [];
  const { total, read, bytes, unreadable, checksums, unchecked } = tensors;
  const lines = [
    `tensors    ${withCommas(read)} of ${counted(total, "tensor")} read, ${counted(bytes, "byte")}`,
  ];
  const kinds = Object.entries(checksums).map(([kind, count]) => `${kind} of ${counted(count, "tensor")}`);
  if (kinds.length > 0) lines.push(`checksums  compared: ${kinds.join(", ")}`);
  if (unchecked > 0) {
    lines.push(
      `checksums  none for ${counted(unchecked, "tensor")}: the file keeps none, so a changed value cannot be noticed`,
    );
  } else if (kinds.length === 0 && entries === null && read > 0) {
    lines.push("checksums  compared: that of the compressed file (CRC-32)");
  }
  for (const { name, reason } of unreadable.slice(0, SHOWN))
    lines.push(`not read   ${escapeText(shorten(name, 60))}: ${escapeText(reason)}`);
  if (unreadable.length > SHOWN) lines.push(`not read   ${withCommas(unreadable.length - SHOWN)} more`);
  return lines;
}
