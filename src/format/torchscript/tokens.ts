/** One token of TorchScript's code. */
export interface Token {
  readonly kind: "name" | "number" | "string" | "mark";
  readonly text: string;
}

/** A line of code with all that its brackets join to it. */
export interface CodeLine {
  readonly indent: number;
  readonly tokens: readonly Token[];
}

const TOKEN =
  /\s+|#.*|([A-Za-z_]\w*)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?j?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(->|==|!=|<=|>=|\*\*|\/\/|<<|>>|.)/gy;

/** Tokens of one line; longer ones are tables of numbers, which no convolution needs, and are left out. */
const LINE_TOKENS_MOST = 20_000;

/** The lines of a file of code, empty ones left out. Text that is no token of Python becomes single marks. */
export function* codeLines(text: string): Generator<CodeLine> {
  let tokens: Token[] = [];
  let indent = 0;
  let depth = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
    if (line === "") continue;
    if (depth === 0) indent = line.length - line.trimStart().length;
    for (const token of tokensOf(line)) {
      if (token.kind === "mark" && "([{".includes(token.text)) depth++;
      else if (token.kind === "mark" && ")]}".includes(token.text)) depth = Math.max(0, depth - 1);
      if (tokens.length <= LINE_TOKENS_MOST) tokens.push(token);
    }
    if (depth > 0 || tokens.length === 0) continue;
    if (tokens.length <= LINE_TOKENS_MOST) yield { indent, tokens };
    tokens = [];
  }
  if (tokens.length > 0 && tokens.length <= LINE_TOKENS_MOST) yield { indent, tokens };
}

function* tokensOf(line: string): Generator<Token> {
  for (const [, name, number, string, mark] of line.matchAll(TOKEN)) {
    if (name !== undefined) yield { kind: "name", text: name };
    else if (number !== undefined) yield { kind: "number", text: number };
    else if (string !== undefined) yield { kind: "string", text: string.slice(1, -1) };
    else if (mark !== undefined) yield { kind: "mark", text: mark };
  }
}
