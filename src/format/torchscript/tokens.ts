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

/** The lines of a file of code, empty ones left out. Text that is no token of Python becomes single marks. */
export function codeLines(text: string): readonly CodeLine[] {
  const lines: CodeLine[] = [];
  let tokens: Token[] = [];
  let indent = 0;
  let depth = 0;
  for (const line of text.split("\n")) {
    const own = tokensOf(line);
    if (depth === 0) indent = line.length - line.trimStart().length;
    for (const token of own) {
      if (token.kind === "mark" && /^[([{]$/.test(token.text)) depth++;
      else if (token.kind === "mark" && /^[)\]}]$/.test(token.text)) depth = Math.max(0, depth - 1);
      tokens.push(token);
    }
    if (depth > 0 || tokens.length === 0) continue;
    lines.push({ indent, tokens });
    tokens = [];
  }
  if (tokens.length > 0) lines.push({ indent, tokens });
  return lines;
}

function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  for (const [, name, number, string, mark] of line.matchAll(TOKEN)) {
    if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (string !== undefined) tokens.push({ kind: "string", text: string.slice(1, -1) });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
  }
  return tokens;
}
