import { describe, expect, it } from "vitest";
import { typeOf } from "./types";

const text = (...pieces: ReturnType<typeof typeOf>) =>
  pieces.map((piece) => (typeof piece === "string" ? piece : `<${piece.schema}>`)).join("");

describe("typeOf", () => {
  it.each([
    [{ type: "string" }, "string"],
    [{ anyOf: [{ type: "integer" }, { type: "null" }] }, "integer | null"],
    [{ type: "array", items: { $ref: "#/components/schemas/Job" } }, "<Job>[]"],
    [{ enum: ["a", "b"] }, '"a" | "b"'],
    [{ const: "queued" }, '"queued"'],
    [{ type: "integer", minimum: 1, maximum: 9 }, "integer 1–9"],
    [{ type: "number", minimum: 0 }, "number ≥ 0"],
    [{ type: "object", additionalProperties: { type: "string" } }, "{ [name]: string }"],
    [{}, "any"],
  ])("says %j", (schema, expected) => {
    expect(text(...typeOf(schema))).toBe(expected);
  });
});
