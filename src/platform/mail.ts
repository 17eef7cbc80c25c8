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
