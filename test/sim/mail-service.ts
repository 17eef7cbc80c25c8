import { MailRefused, type Envelope } from "../../src/platform/mail.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { Invocation } from "./invocation.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** A mail as the mail service sees it. */
export interface Posted {
  /** Dray's own id of it. */
  id: string;
  to: string;
  text: string;
  invocation: Invocation;
}

export interface MailWatcher {
  /** Before the service does anything. */
  mailAsked(mail: Posted): void;
  /** The service has it, whether anybody hears of that or not. */
  mailTaken(mail: Posted): void;
}

/** A mail service, with everything that goes wrong with it. */
export class MailService {
  /** Addresses that it sends nothing to any more. */
  readonly suppressed = new Set<string>();
  readonly #options: MailOptions;
  readonly #random: Random;

  constructor(options: MailOptions) {
    this.#options = options;
    this.#random = options.random.fork("mail");
  }

  /** Takes a mail, or throws `MailRefused`. */
  async send(invocation: Invocation, { to, raw }: Envelope): Promise<void> {
    const { faults, pass, kill, trace, watcher } = this.#options;
    const mail = {
      id: /^X-Dray-Mail: (\S+)/m.exec(raw)?.[1] ?? "",
      to,
      text: textOf(raw),
      invocation,
    };
    const fault = faults.draw("mail", "mail");
    watcher.mailAsked(mail);
    await pass(invocation, this.#random.between(20, 400));
    trace(`${invocation.id} mail ${mail.id} ${to} ${fault?.name ?? ""}`);
    if (fault?.message === "E_RECIPIENT_SUPPRESSED") this.suppressed.add(to);
    if (this.suppressed.has(to)) throw new MailRefused("E_RECIPIENT_SUPPRESSED");
    if (fault?.message) throw new MailRefused(fault.message);
    if (fault?.moment !== "before") watcher.mailTaken(mail);
    if (fault === null) return;
    kill(invocation);
    return new Promise(() => {});
  }
}

interface MailOptions {
  random: Random;
  faults: FaultPlan;
  timeline: Timeline;
  pass: (invocation: Invocation, ms: number) => Promise<void>;
  kill: (invocation: Invocation) => void;
  trace: (text: string) => void;
  watcher: MailWatcher;
}

/** The plain text of a mail of two parts in base64. */
function textOf(raw: string): string {
  const [, plain = ""] = raw.split(/Content-Type: text\/plain[^]*?\r?\n\r?\n/);
  const [body = ""] = plain.split(/\r?\n--/);
  return Buffer.from(body, "base64").toString("utf8");
}
