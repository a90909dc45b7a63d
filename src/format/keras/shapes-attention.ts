import type { Extents } from "./config.ts";
import { type Extent, integer, toExtent, toExtents } from "./settings.ts";
import type { ShapeQuestion, ShapeRule } from "./shapes.ts";

/** Query and value, given in a list, one after another or by name. */
function queryAndValue({ inputs, named }: ShapeQuestion): readonly [Extents, Extents] | null {
  const query = inputs[0] ?? named.get("query");
  const value = named.get("value") ?? inputs[named.has("query") ? 0 : 1];
  return query === undefined || value === undefined ? null : [query, value];
}

function withScores(question: ShapeQuestion, output: Extents, scores: Extents): readonly Extents[] {
  return question.kwargs.return_attention_scores === true ? [output, scores] : [output];
}

const attention: ShapeRule = (question) => {
  const pair = queryAndValue(question);
  if (pair === null) return null;
  const [query, value] = pair;
  const output = [...query.slice(0, -1), value.at(-1) ?? null];
  return withScores(question, output, [...query.slice(0, -1), value.at(-2) ?? null]);
};

/** `output_shape` replaces the last axis of the query; by default it is kept. */
const multiHead: ShapeRule = (question) => {
  const pair = queryAndValue(question);
  if (pair === null) return null;
  const [query, value] = pair;
  const stated = question.config.output_shape;
  const last = toExtents(stated) ?? (stated == null ? query.slice(-1) : [toExtent(stated) ?? null]);
  const heads: Extent = integer(question.config, "num_heads") ?? integer(question.config, "num_query_heads");
  // Keras 3 states the query's length twice, although the second is the value's.
  const others = question.dialect === "keras3" ? query : value;
  const scores = [query[0] ?? null, heads, ...query.slice(1, -1), ...others.slice(1, -1)];
  return withScores(question, [...query.slice(0, -1), ...last], scores);
};

/** Attention layers. */
export const ATTENTION_RULES: Readonly<Record<string, ShapeRule>> = {
  AdditiveAttention: attention,
  Attention: attention,
  GroupQueryAttention: multiHead,
  GroupedQueryAttention: multiHead,
  MultiHeadAttention: multiHead,
};
