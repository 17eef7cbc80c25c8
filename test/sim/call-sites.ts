/** What an object's scope is of. */
export const scopeKind = (scope: string): string =>
  scope.startsWith("dsp_") ? "dispatch" : scope.startsWith("tsk_") ? "task" : "job";

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
