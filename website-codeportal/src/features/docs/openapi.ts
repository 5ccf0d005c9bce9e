/** As much of an OpenAPI 3.1 document as the reference shows. What it does not know it leaves out. */
import { request } from "@/shared/api/client";
import { z } from "@/shared/api/zod";

export interface Schema {
  $ref?: string | undefined;
  type?: string | undefined;
  const?: unknown;
  enum?: unknown[] | undefined;
  description?: string | undefined;
  anyOf?: Schema[] | undefined;
  oneOf?: Schema[] | undefined;
  items?: Schema | undefined;
  properties?: Record<string, Schema> | undefined;
  additionalProperties?: boolean | Schema | undefined;
  required?: string[] | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
}

const schemaSchema: z.ZodMiniType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.optional(z.string()),
    type: z.optional(z.string()),
    const: z.optional(z.unknown()),
    enum: z.optional(z.array(z.unknown())),
    description: z.optional(z.string()),
    anyOf: z.optional(z.array(schemaSchema)),
    oneOf: z.optional(z.array(schemaSchema)),
    items: z.optional(schemaSchema),
    properties: z.optional(z.record(z.string(), schemaSchema)),
    additionalProperties: z.optional(z.union([z.boolean(), schemaSchema])),
    required: z.optional(z.array(z.string())),
    minimum: z.optional(z.number()),
    maximum: z.optional(z.number()),
  }),
);

const contentSchema = z.record(
  z.string(),
  z.looseObject({ schema: z.optional(schemaSchema), example: z.optional(z.unknown()) }),
);

const responseSchema = z.looseObject({
  $ref: z.optional(z.string()),
  description: z.optional(z.string()),
  content: z.optional(contentSchema),
});
export type ResponseObject = z.infer<typeof responseSchema>;

const parameterSchema = z.looseObject({
  name: z.string(),
  in: z.string(),
  required: z.optional(z.boolean()),
  description: z.optional(z.string()),
  schema: z.optional(schemaSchema),
});
export type Parameter = z.infer<typeof parameterSchema>;

const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.optional(z.string()),
  description: z.optional(z.string()),
  parameters: z.optional(z.array(parameterSchema)),
  requestBody: z.optional(z.looseObject({ content: contentSchema })),
  responses: z.record(z.string(), responseSchema),
});
export type Operation = z.infer<typeof operationSchema>;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
export type Method = (typeof METHODS)[number];

const documentSchema = z.looseObject({
  info: z.looseObject({ title: z.string(), version: z.string(), description: z.optional(z.string()) }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({
    schemas: z.record(z.string(), schemaSchema),
    responses: z.optional(z.record(z.string(), responseSchema)),
  }),
});
export type Document = z.infer<typeof documentSchema>;

export function readDocument(signal?: AbortSignal) {
  return request("/openapi.json", documentSchema, { signal });
}

export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
}

export interface Group {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
}

const NAMES: Readonly<Record<string, string>> = {
  execute: "Running programs",
  languages: "Languages",
  shares: "Shared programs",
  accounts: "Accounts",
  account: "Accounts",
  sessions: "Sessions",
  admin: "Operations",
  health: "Health",
};

/** Operations by what they are about, in the document's order. */
export function groupsOf(document: Document): Group[] {
  const groups = new Map<string, Endpoint[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const parsed = operationSchema.safeParse(item[method]);
      if (!parsed.success) continue;
      const name = NAMES[path.replace(/^\/v1/, "").split("/")[1] ?? ""] ?? "More";
      groups.set(name, [...(groups.get(name) ?? []), { method, path, operation: parsed.data }]);
    }
  }
  return [...groups].map(([name, endpoints]) => ({ name, endpoints }));
}

/** The name of the schema that a reference names. */
export function nameOf(reference: string): string {
  return reference.split("/").at(-1) ?? reference;
}

/** A response, also one that is named elsewhere. */
export function resolved(document: Document, response: ResponseObject): ResponseObject {
  if (response.$ref === undefined) return response;
  return document.components.responses?.[nameOf(response.$ref)] ?? response;
}
