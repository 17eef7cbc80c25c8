import type { z } from "zod";
import type { Call, WmsConnector } from "../../../../src/connectors/contract.ts";
import type { VendorHttp, VendorRequest } from "../../../../src/connectors/vendor-http.ts";
import { httpWarehouse } from "../../../../src/connectors/warehouses/http-warehouse/index.ts";
import { ConnectorFailure } from "../../../../src/domain/errors.ts";
import type { WmsOrder } from "../../../../src/connectors/contract.ts";

export const NOW = Date.parse("2026-11-21T12:00:00Z");
export const SIGNING_SECRET = `whsec_${btoa("signs-what-dray-sends-24")}`;
export const WEBHOOK_SECRET = `whsec_${btoa("signs-what-dray-gets--24")}`;
export const clock = { now: () => NOW, sleep: async () => {} };

export interface Canned {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Answers as told and keeps what was asked. */
function cannedHttp(answer: (request: VendorRequest) => Canned) {
  const sent: VendorRequest[] = [];
  const http: VendorHttp = {
    async send(request) {
      sent.push(request);
      const { status, body, headers } = answer(request);
      const text = typeof body === "string" ? body : JSON.stringify(body ?? null);
      return {
        status,
        headers: new Headers(headers),
        text,
        json<T>(shape: z.ZodType<T>): T {
          const read = shape.safeParse(typeof body === "string" ? undefined : body);
          if (read.success) return read.data;
          throw new ConnectorFailure("bad_response", "not as agreed", {
            place: read.error.issues[0]?.path.join(".") ?? null,
          });
        },
      };
    },
  };
  return { http, sent };
}

export function callWith(answer: (request: VendorRequest) => Canned) {
  const { http, sent } = cannedHttp(answer);
  const call: Call = {
    connection_id: "con_unit",
    settings: httpWarehouse.settings.parse({ base_url: "https://warehouse.example/dray/" }),
    secrets: httpWarehouse.secrets.parse({
      api_token: "tok_unit",
      signing_secret: SIGNING_SECRET,
      webhook_secret: WEBHOOK_SECRET,
    }),
    http,
    clock,
  };
  return { call, sent };
}

export const wms: WmsConnector = httpWarehouse;

export const wmsOrder = (reference: string): WmsOrder => ({
  reference,
  order: {
    number: "1001",
    ship_to: { first_name: "Demo", city: "Austin", country: "US" },
    order_date: "2026-11-21T11:00:00Z",
    currency: { code: "USD", exponent: 2 },
    grand_total: 4397,
    lines: [{ line_id: "5", line_no: 1, sku: "DEMO-MUG", quantity: 3, price: 1299 }],
  },
});
