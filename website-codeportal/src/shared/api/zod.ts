import * as z from "zod/mini";

// zod would compile schemas with eval, which the pages' policy forbids. It has to know before the first schema.
z.config({ jitless: true });

export { z };
