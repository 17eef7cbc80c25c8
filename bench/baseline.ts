/** The least a webhook receiver can do, for comparison: verify an HMAC, insert one row, send one message. */
interface Env {
  DB: D1Database;
  JOBS: Queue<{ id: string }>;
  SECRET: string;
}

let key: Promise<CryptoKey> | undefined;

export default {
  async fetch(request, env): Promise<Response> {
    const body = await request.arrayBuffer();
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    key ??= crypto.subtle.importKey("raw", Buffer.from(env.SECRET), algorithm, false, ["verify"]);
    const signature = Buffer.from(request.headers.get("x-wc-webhook-signature") ?? "", "base64");
    if (!(await crypto.subtle.verify("HMAC", await key, signature, body)))
      return new Response("wrong signature", { status: 401 });
    const id = crypto.randomUUID();
    await env.DB.prepare("INSERT INTO hooks (id, at) VALUES (?, ?)").bind(id, Date.now()).run();
    await env.JOBS.send({ id });
    return Response.json({ ok: true });
  },
} satisfies ExportedHandler<Env>;
