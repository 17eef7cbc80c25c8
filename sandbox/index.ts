import type { Sandbox } from "./object.ts";

export { Sandbox } from "./object.ts";

interface Env {
  SANDBOX: DurableObjectNamespace<Sandbox>;
}

export default {
  fetch: (request: Request, env: Env): Promise<Response> =>
    env.SANDBOX.getByName("sandbox").fetch(request),
};
