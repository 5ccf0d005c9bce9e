import { nameOf, type Schema } from "./openapi";

/** A type in a few words, as pieces of which some name a schema. */
export type Piece = string | { readonly schema: string };

export function typeOf(schema: Schema): Piece[] {
  if (schema.$ref !== undefined) return [{ schema: nameOf(schema.$ref) }];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum !== undefined) return [schema.enum.map((value) => JSON.stringify(value)).join(" | ")];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return joined(choices.map(typeOf), " | ");
  if (schema.type === "array") return [...typeOf(schema.items ?? {}), "[]"];
  if (schema.type === "object" && typeof schema.additionalProperties === "object" && schema.properties === undefined) {
    return ["{ [name]: ", ...typeOf(schema.additionalProperties), " }"];
  }
  return [`${schema.type ?? "any"}${range(schema)}`];
}

function range({ minimum, maximum }: Schema): string {
  if (minimum === undefined && maximum === undefined) return "";
  if (maximum === undefined) return ` ≥ ${minimum}`;
  return minimum === undefined ? ` ≤ ${maximum}` : ` ${minimum}–${maximum}`;
}

function joined(parts: readonly Piece[][], separator: string): Piece[] {
  return parts.flatMap((part, at) => (at === 0 ? part : [separator, ...part]));
}

/** The object that is meant where null is a choice, too. */
export function withoutNull(schema: Schema): Schema {
  const choices = (schema.anyOf ?? schema.oneOf ?? []).filter((choice) => choice.type !== "null");
  return choices.length === 1 && choices[0] !== undefined ? choices[0] : schema;
}
