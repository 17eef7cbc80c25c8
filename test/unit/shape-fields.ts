import { z } from "zod";

type Schema = z.core.JSONSchema.BaseSchema;

/** Every field of what a shape reads that holds no others, such as `lines[].sku`. */
export const fieldsOf = (shape: z.ZodType): string[] => [
  ...new Set(leaves(z.toJSONSchema(shape, { io: "input", unrepresentable: "any" }), "")),
];

function leaves(schema: Schema, path: string): string[] {
  const options = schema.anyOf?.filter((one) => one.type !== "null") ?? [];
  if (options.length > 0) return options.flatMap((one) => leaves(one, path));
  const { items, properties = {} } = schema;
  if (isSchema(items) && items.properties !== undefined) return leaves(items, `${path}[]`);
  const fields = Object.entries(properties);
  if (fields.length === 0) return [path];
  return fields.flatMap(([name, field]) =>
    isSchema(field) ? leaves(field, path === "" ? name : `${path}.${name}`) : [],
  );
}

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null;
