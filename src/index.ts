import { DurableObject } from "cloudflare:workers";
export class MerchantSync extends DurableObject {}
export default { fetch: () => new Response("ok"), queue: () => {}, scheduled: () => {} };
