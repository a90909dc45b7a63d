/** Said once in the help of every command. */
export const LAYER_HELP = `LAYER is an exact name, '#N' (the number that list shows) or a glob such as 'conv*'; quote it for the shell.`;

/** The exit codes, for the main help. */
export const EXIT_HELP = `Exit codes:
  0  done
  1  a check said no
  2  wrong usage
  3  the file cannot be read or is not supported, or the result cannot be written
  4  no such layer
  130  interrupted`;

export const MAIN_EXAMPLES = [
  ["kernelscope model.keras", "list its convolution layers"],
  ["kernelscope draw model.keras conv1 -o conv1.png", "all kernels of one layer"],
  ["kernelscope draw model.keras -o kernels/", "one picture a layer"],
  ["kernelscope draw model.keras '#0' --terminal", "look without leaving the shell"],
  ["kernelscope explain model.keras conv1", "where its parameters come from"],
  ["kernelscope export model.keras conv1 -o conv1.npy", "the numbers, for NumPy"],
] as const;

/** Examples as the help prints them: commands in one column, what they do in the next. */
export function examples(rows: readonly (readonly [command: string, does: string])[]): string {
  const width = Math.max(...rows.map(([command]) => command.length));
  return ["", "Examples:", ...rows.map(([command, does]) => `  ${command.padEnd(width)}  ${does}`)].join(
    "\n",
  );
}

/** A number with thousands separated, as summaries print it. */
export function withCommas(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 layer`, `2 layers`. */
export function counted(count: number, word: string): string {
  return `${withCommas(count)} ${word}${count === 1 ? "" : "s"}`;
}
