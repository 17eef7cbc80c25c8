import { api } from "./api/app.ts";
import { MerchantSync } from "./coordinator/object.ts";
import { begin, makeDeps, type Invocation } from "./deps.ts";
import { DrayError } from "./domain/errors.ts";
import { consumeQueue } from "./jobs/queue.ts";
import { runScheduled } from "./jobs/scheduled.ts";
import { web } from "./web/app.tsx";
import { webhooks } from "./webhooks/app.ts";

export { MerchantSync };

export default {
  fetch: (request, env, ctx) => {
    let invocation: Invocation;
    try {
      invocation = begin(env, ctx);
    } catch (error) {
      return notConfigured(error);
    }
    const [, room] = new URL(request.url).pathname.split("/", 2);
    if (room === "api") return api.fetch(request, invocation, ctx);
    if (room === "webhooks") return webhooks.fetch(request, invocation, ctx);
    return web.fetch(request, invocation, ctx);
  },
  queue: (batch, env, ctx) => consumeQueue(batch, makeDeps(env, ctx)),
  scheduled: (controller, env, ctx) => runScheduled(controller, makeDeps(env, ctx)),
} satisfies ExportedHandler<Cloudflare.Env>;

/** Says which variable is missing or wrong; the text names it and shows no value. */
function notConfigured(error: unknown): Response {
  if (!(error instanceof DrayError)) throw error;
  return new Response(`${error.message}\n`, {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
