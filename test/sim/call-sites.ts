/** A call to an object by what it is about. A further term is asked for too seldom to be told apart from a first. */
export function objectSite(method: string, scope: string): string {
  const of = scope.startsWith("dsp_") ? "dispatch" : scope.startsWith("tsk_") ? "task" : "job";
  return `${method === "extend" ? "grant" : method} ${of}`;
}

/** What comes once a day and connection: too seldom to be told apart. */
const dailyLooks = new Set(["skips", "methods", "products"]);

/** A queue's messages by what they are about. */
export function siteOf(queue: string, bodies: readonly unknown[]): string {
  if (bodies.length > 1) return `${queue}, several`;
  const [body] = bodies;
  const kind = (body as { kind?: string } | undefined)?.kind;
  if (kind === undefined) return queue;
  return `${queue}, ${dailyLooks.has(kind) ? "daily looks" : kind}`;
}
