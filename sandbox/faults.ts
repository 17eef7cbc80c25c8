import type { Fault, FaultKind, FaultTarget, SandboxState } from "./state.ts";

const HOLD_MS = 60_000;

/** What a vendor does wrong while it works on one request. */
export interface Mischief {
  /** The message to refuse with. */
  reject: string | null;
  /** Takes one `ignore_key`, if there is one. */
  ignoresKey(): boolean;
}

/**
 * Plays the faults of `target` around `work`. Refusals come before the work; `lost_answer` does the
 * work and then breaks the connection in the middle of the answer, so that the caller cannot know.
 */
export async function withFaults(
  state: SandboxState,
  target: FaultTarget,
  request: Request,
  options: {
    wait: (ms: number) => Promise<void>;
    refuse: (kind: FaultKind, fault: Fault) => Response;
  },
  work: (mischief: Mischief) => Promise<Response>,
): Promise<Response> {
  const where = `${request.method} ${new URL(request.url).pathname}`;
  const take = (kind: FaultKind) => takeFault(state, target, kind, where);
  const writes = request.method !== "GET" && request.method !== "HEAD";

  const held = take("timeout");
  if (held) {
    await options.wait(HOLD_MS);
    return options.refuse("timeout", held);
  }
  for (const kind of ["unauthorized", "http429", "http500"] as const) {
    const fault = take(kind);
    if (fault) return options.refuse(kind, fault);
  }
  const rejected = writes ? take("reject") : null;
  const answer = await work({
    reject: rejected?.message ?? null,
    ignoresKey: () => take("ignore_key") !== null,
  });
  if (writes && answer.ok && take("lost_answer")) return broken(answer);
  return answer;
}

function takeFault(
  state: SandboxState,
  target: FaultTarget,
  kind: FaultKind,
  where: string,
): Fault | null {
  const fault = state.faults
    .all()
    .find(
      (one) =>
        one.target === target &&
        one.kind === kind &&
        (one.match === null || where.includes(one.match)),
    );
  if (!fault) return null;
  if (fault.left !== null) {
    fault.left -= 1;
    if (fault.left > 0) state.faults.put(fault.id, fault);
    else state.faults.delete(fault.id);
  }
  return fault;
}

/** The status line arrives and then the connection breaks. */
function broken(answer: Response): Response {
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls += 1;
      if (pulls === 1) controller.enqueue(new TextEncoder().encode("{"));
      else controller.error(new Error("the answer was lost"));
    },
  });
  return new Response(body, {
    status: answer.status,
    headers: { "content-type": "application/json" },
  });
}
