import { EmailMessage } from "cloudflare:email";

/** A mail as MIME, with the addresses of its envelope. */
export interface Envelope {
  from: string;
  to: string;
  /** Whole, headers first. Its `From` is the envelope's. */
  raw: string;
}

/** The mail service did not take a mail. The message is the service's, and may hold the address. */
export class MailRefused extends Error {
  override readonly name = "MailRefused";
  /** The service's code, such as `E_RATE_LIMIT_EXCEEDED`; null: it gave none. */
  readonly code: string | null;

  constructor(code: string | null) {
    super(code ?? "no code");
    this.code = code;
  }
}

/** Sends a mail. Throws `MailRefused`. */
export type SendMail = (envelope: Envelope) => Promise<void>;

/** Sends through a `send_email` binding. */
export const sendThrough =
  (binding: SendEmail): SendMail =>
  async ({ from, to, raw }) => {
    try {
      await binding.send(new EmailMessage(from, to, raw));
    } catch (error) {
      throw new MailRefused(codeOf(error));
    }
  };

/** The code of what a binding threw: a property of the error, or the beginning of its text. */
function codeOf(error: unknown): string | null {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof code === "string" ? code : String(message);
  return /\bE_[A-Z_]{3,60}\b/.exec(text)?.[0] ?? null;
}
