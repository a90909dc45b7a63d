import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { AtenArgument, AtenCall } from "../aten/program.ts";
import type { CodeClass, CodeFunction, Statement, Target } from "./code.ts";
import type { Expression } from "./expression.ts";
import { plainResult } from "./plain.ts";
import { namedArguments } from "./schemas.ts";
import { isScript, type ScriptObject, type ScriptPacked, type ScriptValue } from "./value.ts";

/** Operators and calls that are followed. */
export const SCRIPT_STEPS_MOST = 200_000;
/** Calls, blocks and expressions in each other. */
const SCRIPT_DEPTH_MOST = 600;

/** Where code is found. */
export interface ScriptCode {
  readonly classOf: (name: string) => CodeClass | null;
  readonly functionOf: (name: string) => CodeFunction | null;
  readonly constantOf: (name: string) => ScriptValue | undefined;
  /** The packed weights that an object is; undefined when it is something else. */
  readonly packedOf: (object: ScriptObject) => ScriptPacked | undefined;
}

type Scope = Map<string, ScriptValue>;

/** The calls that a method makes, and what it hands out. */
export interface ScriptCalls {
  readonly calls: readonly AtenCall[];
  readonly outputs: readonly string[];
}

/** Names of the first part of namespaces. */
const NAMESPACES: ReadonlySet<string> = new Set(["torch", "ops", "__torch__", "CONSTANTS"]);

/**
 * Follows a method of the root module through all that it calls, on values of which only constants and weights are
 * known: both ways of an `if` that cannot be told, the body of a loop once. Nothing is computed.
 *
 * @throws ReadError `limit` when the program is too large to be followed.
 */
export function followMethod(
  root: ScriptObject,
  method: string,
  code: ScriptCode,
  budget: Budget,
): ScriptCalls {
  const calls: AtenCall[] = [];
  let fresh = 0;
  let steps = 0;
  let depth = 0;

  const unknown = (): ScriptValue => ({ kind: "tensor", id: `%${fresh++}` });

  /** Counts what is done, and how deep. */
  function within<T>(work: () => T): T {
    budget.count(1, "operators of TorchScript");
    if (++steps > SCRIPT_STEPS_MOST)
      throw new ReadError("limit", `The program takes more than ${SCRIPT_STEPS_MOST} steps.`);
    if (++depth > SCRIPT_DEPTH_MOST)
      throw new ReadError("limit", `The program is nested deeper than ${SCRIPT_DEPTH_MOST} levels.`);
    const result = work();
    depth--;
    return result;
  }

  function call(operator: string, args: ReadonlyMap<string, ScriptValue>): ScriptValue {
    const result = `%${fresh++}`;
    calls.push({
      operator,
      args: new Map([...args].map(([name, value]) => [name, toArgument(value, 0)])),
      results: [result],
    });
    return { kind: "tensor", id: result };
  }

  function attribute(of: ScriptValue, name: string): ScriptValue {
    if (isScript(of, "namespace")) {
      if (of.path === "CONSTANTS") return code.constantOf(name) ?? unknown();
      return { kind: "namespace", path: `${of.path}.${name}` };
    }
    if (!isScript(of, "object")) return unknown();
    restore(of);
    const own = of.attributes.get(name);
    if (own !== undefined) return own;
    const type = code.classOf(of.className);
    const constant = type?.constants.get(name);
    const value =
      constant !== undefined
        ? evaluate(constant, new Map())
        : type?.methods.has(name) === true
          ? ({ kind: "method", object: of, name } as const)
          : unknown();
    of.attributes.set(name, value);
    return value;
  }

  /** Gives an object that was stored as one value the attributes that its class takes from it. */
  function restore(object: ScriptObject): void {
    const { state } = object;
    if (state === undefined) return;
    object.state = undefined;
    const set = code.classOf(object.className)?.methods.get("__setstate__");
    if (set !== undefined) run(set, [object, state], new Map());
  }

  function evaluate(expression: Expression, scope: Scope): ScriptValue {
    return within(() => {
      switch (expression.kind) {
        case "constant":
          return expression.value;
        case "name":
          return (
            scope.get(expression.name) ??
            (NAMESPACES.has(expression.name) && !scope.has(expression.name)
              ? { kind: "namespace", path: expression.name }
              : scope.has(expression.name)
                ? null
                : unknown())
          );
        case "attribute":
          return attribute(evaluate(expression.of, scope), expression.name);
        case "list":
        case "tuple":
          return { kind: "sequence", items: expression.items.map((item) => evaluate(item, scope)) };
        case "item": {
          const of = evaluate(expression.of, scope);
          const index = evaluate(expression.index, scope);
          if (isScript(of, "sequence") && typeof index === "number") return of.items.at(index) ?? unknown();
          return call("#item", new Map([["self", of]]));
        }
        case "mixed": {
          const parts = expression.parts.map((part): [string, ScriptValue] => ["", evaluate(part, scope)]);
          return call("#mixed", new Map(parts.map(([, value], i) => [`#${i}`, value])));
        }
        case "call":
          return evaluateCall(expression, scope);
      }
    });
  }

  function evaluateCall(expression: Expression & { readonly kind: "call" }, scope: Scope): ScriptValue {
    const { callee } = expression;
    const args = (): ScriptValue[] => expression.args.map((arg) => evaluate(arg, scope));
    if (callee.kind === "name" && !scope.has(callee.name)) {
      const [first, second] = expression.args;
      if (callee.name === "getattr" && first !== undefined && second?.kind === "constant")
        return attribute(evaluate(first, scope), String(second.value));
      if (/^(annotate|unchecked_cast)$/.test(callee.name) && second !== undefined)
        return evaluate(second, scope);
      return call(`#${callee.name}`, new Map(args().map((value, i) => [`#${i}`, value])));
    }
    const target = evaluate(callee, scope);
    const values = args();
    const keywords = new Map(expression.keywords.map(([name, value]) => [name, evaluate(value, scope)]));
    if (isScript(target, "method")) {
      const own = code.classOf(target.object.className)?.methods.get(target.name);
      if (own !== undefined) return run(own, [target.object, ...values], keywords);
    }
    if (!isScript(target, "namespace"))
      return call("#call", new Map([target, ...values].map((value, i) => [`#${i}`, value])));
    const [space, ...rest] = target.path.split(".");
    if (space === "__torch__") {
      const own = code.functionOf(target.path);
      if (own !== null) return run(own, values, keywords);
      // A class: named tuples are the only ones that programs make.
      return { kind: "sequence", items: values };
    }
    const operator = rest.join(".").replace(/^aten\./, "");
    return plainResult(operator, values) ?? operation(operator, namedArguments(operator, values, keywords));
  }

  function operation(operator: string, args: Map<string, ScriptValue>): ScriptValue {
    if (/^quantized\.conv(_transpose)?\d?d?_prepack$/.test(operator))
      return { kind: "packed", args, transposed: operator.includes("transpose") };
    const packed = [...args.values()]
      .map((value) => (isScript(value, "object") ? code.packedOf(value) : value))
      .find((value) => isScript(value, "packed"));
    if (packed !== undefined && /^quantized\.conv/.test(operator)) {
      const general = packed.transposed ? "convolution_transpose" : "convolution";
      return call(general, new Map([["input", args.get("self") ?? null], ...packed.args]));
    }
    return call(operator, args);
  }

  function run(
    { parameters, body }: CodeFunction,
    values: readonly ScriptValue[],
    keywords: ReadonlyMap<string, ScriptValue>,
  ): ScriptValue {
    const scope: Scope = new Map();
    for (const [i, { name, otherwise }] of parameters.entries()) {
      const given = i < values.length ? values[i]! : keywords.get(name);
      scope.set(
        name,
        given !== undefined ? given : otherwise === null ? unknown() : evaluate(otherwise, new Map()),
      );
    }
    const returned: ScriptValue[] = [];
    runBlock(body, scope, returned);
    if (returned.length <= 1) return returned[0] ?? null;
    return call("#merge", new Map(returned.map((value, i) => [`#${i}`, value])));
  }

  function runBlock(statements: readonly Statement[], scope: Scope, returned: ScriptValue[]): void {
    within(() => {
      for (const statement of statements) runStatement(statement, scope, returned);
    });
  }

  function runStatement(statement: Statement, scope: Scope, returned: ScriptValue[]): void {
    switch (statement.kind) {
      case "evaluate":
        evaluate(statement.value, scope);
        return;
      case "return":
        returned.push(evaluate(statement.value, scope));
        return;
      case "assign":
        assign(statement.targets, evaluate(statement.value, scope), scope);
        return;
      case "loop":
        for (const variable of statement.variables) scope.set(variable, unknown());
        runBlock(statement.body, scope, returned);
        return;
      case "if": {
        const { condition, yes, no } = statement;
        const known = condition === null ? unknown() : evaluate(condition, scope);
        if (typeof known === "boolean") {
          runBlock(known ? yes : no, scope, returned);
          return;
        }
        budget.count(scope.size, "values of TorchScript");
        const other = new Map(scope);
        runBlock(yes, scope, returned);
        runBlock(no, other, returned);
        merge(scope, other);
      }
    }
  }

  /** After both ways of an `if`: what differs is either of the two. */
  function merge(scope: Scope, other: Scope): void {
    for (const [name, value] of other) {
      const here = scope.get(name);
      if (here === value && scope.has(name)) continue;
      if (!scope.has(name)) scope.set(name, value);
      else
        scope.set(
          name,
          call(
            "#merge",
            new Map([
              ["#0", here!],
              ["#1", value],
            ]),
          ),
        );
    }
  }

  function assign(targets: readonly Target[], value: ScriptValue, scope: Scope): void {
    const [only] = targets;
    if (targets.length === 1) {
      put(only!, value, scope);
      return;
    }
    for (const [i, target] of targets.entries()) {
      const part = isScript(value, "sequence")
        ? (value.items[i] ?? unknown())
        : call("#item", new Map([["self", value]]));
      put(target, part, scope);
    }
  }

  function put(target: Target, value: ScriptValue, scope: Scope): void {
    if (target === null) return;
    const object = target.attribute === null ? null : scope.get(target.name);
    if (target.attribute === null) scope.set(target.name, value);
    else if (isScript(object, "object")) object.attributes.set(target.attribute, value);
  }

  const own = code.classOf(root.className)?.methods.get(method);
  const result = own === undefined ? null : run(own, [root], new Map());
  return { calls, outputs: [...idsIn(result)] };
}

function toArgument(value: ScriptValue, level: number): AtenArgument {
  if (isScript(value, "tensor")) return { value: value.id };
  if (isScript(value, "sequence"))
    return level > 4 ? null : value.items.map((item) => toArgument(item, level + 1));
  return typeof value === "object" ? null : value;
}

function* idsIn(value: ScriptValue): Generator<string> {
  const pending = [value];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (isScript(one, "tensor")) yield one.id;
    else if (isScript(one, "sequence")) for (const item of one.items) pending.push(item);
  }
}
