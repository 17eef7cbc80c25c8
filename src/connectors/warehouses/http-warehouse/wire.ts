import { z } from "zod";

/** What travels between Dray and an `http-warehouse`; `docs/http-warehouse.openapi.yaml` describes it. */

const text = z.string().min(1);
/** Absent, null and blank all mean that nobody said it. */
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);
const optionalTime = z.iso
  .datetime({ offset: true })
  .nullish()
  .transform((value) => (value ? Date.parse(value) : null));

export const settingsShape = z.object({
  base_url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/[?#@]/.test(url), { error: "the address alone, without ? # or @" })
    .overwrite((url) => url.replace(/\/+$/, ""))
    .meta({
      title: "Base URL",
      description: "Where the warehouse answers, such as https://warehouse.example.com/dray",
    }),
});
export type Settings = z.infer<typeof settingsShape>;

const whsec = z
  .string()
  .regex(/^whsec_(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, {
    error: "whsec_ and then the base64 of at least 16 random bytes",
  });

export const secretsShape = z.object({
  api_token: z
    .string()
    .regex(/^[\x21-\x7e]+$/, { error: "visible ASCII characters, no spaces" })
    .meta({ title: "API token", description: "Sent with every request as Authorization: Bearer" }),
  signing_secret: whsec.meta({
    title: "Signing secret",
    description: "Signs what Dray sends, so that the warehouse knows it is Dray: whsec_...",
  }),
  webhook_secret: whsec.optional().meta({
    title: "Webhook secret",
    description: "Signs what the warehouse sends to Dray. Dray makes one when this is left blank",
  }),
});
export type Secrets = z.infer<typeof secretsShape>;

export const acceptedShape = z.object({ id: text, reference: text });

export const refusedShape = z.object({
  code: z.enum(["address", "ship_method", "item_code", "other"]).catch("other"),
  message: text,
});

/** The body of a 4xx, as far as a decision rests on it. */
export const problemShape = z.object({ code: text });

export const orderStateShape = z.object({
  id: text,
  reference: text,
  status: z.enum(["open", "shipped", "cancelled"]),
});

/** One page of a feed. Its rows are judged one by one, so that a bad one does not take the page with it. */
export interface Feed {
  rows: unknown[];
  next_cursor: string | null;
  has_more: boolean;
}

const rows = z.array(z.unknown());
const feedEnd = { next_cursor: text.nullable(), has_more: z.boolean() };

export const shipmentsPage: z.ZodType<Feed> = z
  .object({ shipments: rows, ...feedEnd })
  .transform(({ shipments, ...end }) => ({ rows: shipments, ...end }));

export const stockPage: z.ZodType<Feed> = z
  .object({ stock: rows, ...feedEnd })
  .transform(({ stock, ...end }) => ({ rows: stock, ...end }));

export const productsPage: z.ZodType<Feed> = z
  .object({ products: rows, ...feedEnd })
  .transform(({ products, ...end }) => ({ rows: products, ...end }));

/** The whole list at once. */
export const shipMethodsList = z.object({ ship_methods: rows });

const shipmentLine = z
  .object({ line_id: optionalText, sku: optionalText, quantity: z.int().positive() })
  .refine((line) => line.line_id !== null || line.sku !== null, {
    error: "a line needs line_id or sku",
  });

/** `lines` must be said, null included: nobody ships a whole order by forgetting a field. */
export const shipmentRow = z.object({
  id: text,
  reference: text,
  status: z.enum(["shipped", "voided"]),
  tracking_number: optionalText,
  tracking_url: optionalText,
  carrier: optionalText,
  service: optionalText,
  shipped_at: optionalTime,
  lines: z.array(shipmentLine).min(1).nullable(),
  closes_order: z
    .boolean()
    .nullish()
    .transform((value) => value ?? false),
});

/** An order of which nothing will ship; it stands among the shipments, in the order of change. */
export const cancelledRow = z.object({
  reference: text,
  status: z.literal("cancelled"),
  reason: optionalText,
});

export const stockRow = z.object({
  sku: text,
  warehouse: optionalText,
  quantity: z.int(),
  as_of: optionalTime,
});

export const productRow = z.object({
  sku: text,
  name: optionalText,
  barcodes: z
    .array(text)
    .nullish()
    .transform((value) => value ?? []),
});

export const shipMethodRow = z.object({
  code: text,
  name: optionalText,
  carrier: optionalText,
});

export const nudgeShape = z.object({
  type: text,
  data: z.object({ reference: text.optional() }).optional(),
});
