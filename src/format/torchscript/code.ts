import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { type Expression, parseExpressions } from "./expression.ts";
import { type CodeLine, codeLines, type Token } from "./tokens.ts";

/** What is assigned to: a name, an attribute of a name, or something that is not followed (null). */
export type Target = { readonly name: string; readonly attribute: string | null } | null;

/** One statement. What could not be read is left out: its values are then unknown. */
export type Statement =
  | { readonly kind: "assign"; readonly targets: readonly Target[]; readonly value: Expression }
  | { readonly kind: "evaluate" | "return"; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly condition: Expression | null;
      readonly yes: Statement[];
      readonly no: Statement[];
    }
  | { readonly kind: "loop"; readonly variables: readonly string[]; readonly body: Statement[] };

/** A function or method. */
export interface CodeFunction {
  readonly parameters: readonly { readonly name: string; readonly otherwise: Expression | null }[];
  readonly body: Statement[];
}

/** A class: its methods, and the constants that stand in it (`stride : Final[…] = (1, 1)`). */
export interface CodeClass {
  readonly methods: Map<string, CodeFunction>;
  readonly constants: Map<string, Expression>;
}

/** What a file of code defines. */
export interface CodeFile {
  readonly classes: Map<string, CodeClass>;
  readonly functions: Map<string, CodeFunction>;
}

/** Where statements of a deeper indent go. */
interface Block {
  readonly indent: number;
  readonly statements: Statement[] | null;
  readonly owner: CodeClass | null;
}

/** Lines of all files of code: a traced network of a thousand layers has some ten thousand. */
export const CODE_LINES_MOST = 100_000;

/**
 * Reads the text of a file in an archive's `code/` as data: which functions there are, and what they compute from what.
 * Nothing of it is run.
 *
 * @param met counts the lines of all files that belong together.
 * @throws ReadError `limit`.
 */
export function parseCode(text: string, budget: Budget, met: { lines: number } = { lines: 0 }): CodeFile {
  const file: CodeFile = { classes: new Map(), functions: new Map() };
  const blocks: Block[] = [{ indent: -1, statements: null, owner: null }];
  /** The `if` before, by the indent at which its `else` may come. */
  const choices = new Map<number, Statement[]>();
  for (const line of codeLines(text)) {
    budget.count(1, "lines of code");
    if (++met.lines > CODE_LINES_MOST)
      throw new ReadError("limit", `The code has more than ${CODE_LINES_MOST} lines.`);
    while (blocks.length > 1 && line.indent <= blocks.at(-1)!.indent) blocks.pop();
    budget.enter(blocks.length, "Blocks of code");
    const { statements, owner } = blocks.at(-1)!;
    const [first, second] = line.tokens;
    const open = (inner: Statement[] | null, of: CodeClass | null = null): void =>
      void blocks.push({ indent: line.indent, statements: inner, owner: of });
    if (first?.text === "class" && second?.kind === "name") {
      const own: CodeClass = { methods: new Map(), constants: new Map() };
      file.classes.set(second.text, own);
      open(null, own);
    } else if (first?.text === "def" && second?.kind === "name") {
      const own: CodeFunction = { parameters: parametersOf(line), body: [] };
      (owner?.methods ?? file.functions).set(second.text, own);
      open(own.body);
    } else if (statements === null) {
      const constant = owner === null ? null : constantOf(line);
      if (constant !== null) owner!.constants.set(constant.name, constant.value);
    } else if (first?.text === "if") {
      const no: Statement[] = [];
      const yes: Statement[] = [];
      statements.push({ kind: "if", condition: single(line.tokens.slice(1, -1)), yes, no });
      choices.set(line.indent, no);
      open(yes);
    } else if (first?.text === "else") open(choices.get(line.indent) ?? statements);
    else if (first?.text === "for" || first?.text === "while") {
      const until = line.tokens.findIndex(({ text }) => text === "in");
      const variables = line.tokens.slice(1, Math.max(1, until)).filter(({ kind }) => kind === "name");
      const body: Statement[] = [];
      statements.push({ kind: "loop", variables: variables.map(({ text }) => text), body });
      open(body);
    } else {
      const statement = statementOf(line.tokens);
      if (statement !== null) statements.push(statement);
    }
  }
  return file;
}

function single(tokens: readonly Token[]): Expression | null {
  const found = parseExpressions(tokens);
  return found?.length === 1 ? found[0]! : null;
}

function statementOf(tokens: readonly Token[]): Statement | null {
  const [first] = tokens;
  if (first?.text === "return") {
    const values = parseExpressions(tokens.slice(1));
    if (values === null || values.length === 0) return null;
    return { kind: "return", value: values.length === 1 ? values[0]! : { kind: "tuple", items: values } };
  }
  const equals = topLevel(tokens, "=");
  if (equals < 0) {
    const value = single(tokens);
    return value === null ? null : { kind: "evaluate", value };
  }
  const values = parseExpressions(tokens.slice(equals + 1));
  if (values === null || values.length === 0) return null;
  const colon = topLevel(tokens.slice(0, equals), ":");
  const targets = targetsOf(tokens.slice(0, colon < 0 ? equals : colon));
  return {
    kind: "assign",
    targets,
    value: values.length === 1 ? values[0]! : { kind: "tuple", items: values },
  };
}

/** `a, b, ` or `self.a`. */
function targetsOf(tokens: readonly Token[]): Target[] {
  return splitAtCommas(tokens).map((part): Target => {
    const names = part.filter(({ kind }) => kind === "name").map(({ text }) => text);
    const plain = part.every(
      ({ kind, text }) => kind === "name" || text === "." || text === "(" || text === ")",
    );
    if (!plain || names.length === 0 || names.length > 2) return null;
    return { name: names[0]!, attribute: names[1] ?? null };
  });
}

/** Index of the mark outside all brackets; -1 when there is none. */
function topLevel(tokens: readonly Token[], mark: string): number {
  let depth = 0;
  for (const [i, { kind, text }] of tokens.entries()) {
    if (kind !== "mark") continue;
    if ("([{".includes(text)) depth++;
    else if (")]}".includes(text)) depth--;
    else if (depth === 0 && text === mark) return i;
  }
  return -1;
}

function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [];
  let rest = tokens;
  for (let comma = topLevel(rest, ","); comma >= 0; comma = topLevel(rest, ",")) {
    parts.push(rest.slice(0, comma));
    rest = rest.slice(comma + 1);
  }
  return rest.length === 0 ? parts : [...parts, [...rest]];
}

/** The names and defaults between the brackets of a `def`. */
function parametersOf({ tokens }: CodeLine): CodeFunction["parameters"] {
  const open = tokens.findIndex(({ text }) => text === "(");
  const arrow = tokens.findLastIndex(({ kind, text }) => kind === "mark" && text === "->");
  const close = tokens.slice(0, arrow < 0 ? tokens.length : arrow).findLastIndex(({ text }) => text === ")");
  if (open < 0 || close < open) return [];
  return splitAtCommas(tokens.slice(open + 1, close)).flatMap((part) => {
    const [name] = part;
    const equals = topLevel(part, "=");
    return name?.kind === "name"
      ? [{ name: name.text, otherwise: equals < 0 ? null : single(part.slice(equals + 1)) }]
      : [];
  });
}

/** `stride : Final[Tuple[int, int]] = (1, 1)`. */
function constantOf({ tokens }: CodeLine): { readonly name: string; readonly value: Expression } | null {
  const [name, colon] = tokens;
  const equals = topLevel(tokens, "=");
  if (name?.kind !== "name" || colon?.text !== ":" || equals < 0) return null;
  const value = single(tokens.slice(equals + 1));
  return value === null ? null : { name: name.text, value };
}
