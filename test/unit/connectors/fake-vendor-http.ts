import { createVendorHttp, type VendorHttp } from "../../../src/connectors/vendor-http.ts";
import type { Clock } from "../../../src/platform/clock.ts";

const stillClock: Clock = { now: () => 0, sleep: async () => {} };

/** The real vendor HTTP over a vendor that is a function: same failures, no network. */
export const fakeVendorHttp = (
  handler: (request: Request) => Response | Promise<Response>,
  clock: Clock = stillClock,
): VendorHttp =>
  createVendorHttp(
    {
      fetch: async (url, request = {}) => {
        const { method = "GET", headers = {}, body } = request;
        const answer = await handler(
          new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }),
        );
        return {
          status: answer.status,
          headers: answer.headers,
          body: await answer.text(),
          url,
        };
      },
    },
    { limits: { requests: 1_000_000, per_ms: 1, parallel: 1000 }, clock },
  );
