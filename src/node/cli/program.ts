import { existsSync, readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { escapeText } from "../../index.ts";
import { nearestNames } from "../../report.ts";
import { type CommandRow, commands } from "./commands.ts";
import { type Context, EXIT, print, ReaderLeft, say } from "./context.ts";
import { exitCodeOf, sentenceOf } from "./failure.ts";
import { EXIT_HELP, examples, MAIN_EXAMPLES } from "./usage.ts";

/**
 * Runs the command line on `argv` (without node and script) and returns its exit code. Touches nothing but
 * `context` and files: no global state, no process.exit.
 *
 * @example
 * process.exitCode = await runCommandLine(process.argv.slice(2), context);
 */
export async function runCommandLine(argv: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(argv, context);
  } catch (error) {
    if (error instanceof ReaderLeft) return EXIT.ok;
    say(context, sentenceOf(error));
    if (context.env.KERNELSCOPE_DEBUG && error instanceof Error) say(context, error.stack ?? "");
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const words = argv[0] === "help" ? [...argv.slice(1, 2), "--help"] : argv;
  const row = commandOf(words);
  if (row === "typo") return refuse(context, words[0] ?? "");
  let code: number = EXIT.ok;
  let output = "";
  const program = mainProgram();
  const settle = (settled: number): void => {
    code = settled;
  };
  if (row === null) {
    for (const { name, summary, usage } of commands) {
      program.addCommand(new Command(name).description(summary).usage(usage));
    }
  } else {
    const make = await row.load();
    program.addCommand(prepared(make(context, settle), row));
  }
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (text) => {
        output += text;
      },
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 100, 120),
      getErrHelpWidth: () => Math.min(context.stderr.columns ?? 100, 120),
      outputError: (text) => say(context, usageSentence(text, row)),
    });
    command.exitOverride();
  }
  const isCommand = row !== null && words[0] === row.name;
  try {
    await program.parseAsync(row === null || isCommand ? words : [row.name, ...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    code = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (output !== "") await print(context, output);
  return code;
}

/** The command that `words` call: `list` when they begin with a file, none when there are only options. */
function commandOf(words: readonly string[]): CommandRow | "typo" | null {
  const first = words[0];
  const named = commands.find((row) => row.name === first);
  if (named !== undefined) return named;
  const list = commands.find((row) => row.name === "list") ?? null;
  if (first === undefined) return null;
  if (first.startsWith("-") && first !== "-") {
    return words.every((word) => ["-h", "--help", "-V", "--version"].includes(word) || word.startsWith("-"))
      ? null
      : list;
  }
  const plain = /^\w+$/.test(first);
  return plain && nearestCommand(first) !== undefined && !existsSync(first) ? "typo" : list;
}

function nearestCommand(word: string): string | undefined {
  return nearestNames(word, [...commands.map((row) => row.name), "help"], 1)[0];
}

function refuse(context: Context, word: string): number {
  say(
    context,
    `kernelscope: "${escapeText(word)}" is neither a command nor a file; did you mean "${nearestCommand(word)}"?`,
  );
  return EXIT.usage;
}

function mainProgram(): Command {
  const program = new Command("kernelscope")
    .description("Opens any trained network file and draws every convolution kernel in it.")
    .usage("FILE | COMMAND FILE [LAYER...] [options]")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help; COMMAND --help has examples and options")
    .helpCommand(false)
    .addHelpText("after", `${examples(MAIN_EXAMPLES)}\n\n${EXIT_HELP}`);
  program.action(() => program.outputHelp());
  return program;
}

function prepared(command: Command, row: CommandRow): Command {
  return command.usage(row.usage).helpOption("-h, --help", "print this help").showHelpAfterError(false);
}

/** Commander's complaint as one sentence in our form. */
function usageSentence(text: string, row: CommandRow | null): string {
  const plain = text
    .trim()
    .replace(/^error: /, "")
    .replaceAll(/\s*\n\s*/g, " ");
  const help = `kernelscope ${row === null ? "" : `${row.name} `}--help`;
  return `kernelscope: ${escapeText(plain).replace(/\.$/, "")}; see ${help}`;
}

function version(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { version: unknown }).version);
}
