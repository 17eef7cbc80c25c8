import { EmailMessage } from "cloudflare:email";
import { MailRefused, type SendMail } from "./mail.ts";

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
