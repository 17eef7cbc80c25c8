import { MerchantSync } from "./coordinator/object.ts";

export { MerchantSync };

export default {
  fetch: () => new Response("ok"),
} satisfies ExportedHandler<Cloudflare.Env>;
