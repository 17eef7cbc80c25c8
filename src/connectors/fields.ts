import { z } from "zod";
import type { Connector } from "./contract.ts";

/** One thing a person fills in, as a form or an API client needs to know it. */
export interface ConnectorField {
  name: string;
  group: "settings" | "secrets";
  label: string;
  help: string | null;
  required: boolean;
  /** Never shown again once it is stored. */
  secret: boolean;
  type: "text" | "url" | "number" | "boolean" | "choice";
  choices?: readonly string[];
  default?: unknown;
}

interface Property {
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  default?: unknown;
}

/** The fields of a connector, read off its zod shapes: there is no second list. */
export const fieldsOf = (connector: Connector): ConnectorField[] => [
  ...fieldsOfGroup("settings", connector.settings),
  ...fieldsOfGroup("secrets", connector.secrets),
];

function fieldsOfGroup(group: ConnectorField["group"], shape: z.ZodType): ConnectorField[] {
  const schema = z.toJSONSchema(shape, { io: "input", unrepresentable: "any" });
  const properties = (schema.properties ?? {}) as Record<string, Property>;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    group,
    label: property.title ?? name,
    help: property.description ?? null,
    required: schema.required?.includes(name) ?? false,
    secret: group === "secrets",
    type: typeOf(property),
    ...(property.enum ? { choices: property.enum.map(String) } : {}),
    ...(property.default === undefined ? {} : { default: property.default }),
  }));
}

function typeOf(property: Property): ConnectorField["type"] {
  if (property.enum) return "choice";
  if (property.type === "boolean") return "boolean";
  if (property.type === "number" || property.type === "integer") return "number";
  return property.format === "uri" ? "url" : "text";
}
