import { api } from "./api/app.ts";
import { MerchantSync } from "./coordinator/object.ts";
import { begin, type Invocation } from "./deps.ts";
import { DrayError } from "./domain/errors.ts";

export { MerchantSync };

export default {
  fetch: (request, env, ctx) => {
    let invocation: Invocation;
    try {
      invocation = begin(env);
    } catch (error) {
      return notConfigured(error);
    }
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/api/")) return api.fetch(request, invocation, ctx);
    return new Response("ok");
  },
} satisfies ExportedHandler<Cloudflare.Env>;

/** Says which variable is missing or wrong; the text names it and shows no value. */
function notConfigured(error: unknown): Response {
  if (!(error instanceof DrayError)) throw error;
  return new Response(`${error.message}\n`, {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
