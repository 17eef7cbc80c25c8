/**
 * Posts one webhook many times to a Worker beside it in the same runtime. A client outside would
 * mostly measure the development server that stands between it and the Worker.
 */
interface Env {
  BASELINE: Fetcher;
  PRODUCT: Fetcher;
}

interface Drive {
  target: keyof Env;
  requests: number;
  parallel: number;
  url: string;
  headers: Record<string, string>;
  body: string;
}

export default {
  fetch: async (request, env): Promise<Response> => {
    if (new URL(request.url).pathname !== "/drive") return env.PRODUCT.fetch(request);
    const drive = await request.json<Drive>();
    const { target, requests, parallel, url, headers, body } = drive;
    let left = requests;
    const post = async () => {
      while (left > 0) {
        left -= 1;
        const answer = await env[target].fetch(url, { method: "POST", headers, body });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${target} answered ${answer.status}: ${text}`);
      }
    };
    await Promise.all(Array.from({ length: parallel }, post));
    return Response.json({ requests });
  },
} satisfies ExportedHandler<Env>;
