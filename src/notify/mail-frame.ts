import { html, type Html } from "./html.ts";

/** A mail as it goes into the outbox. */
export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/** What is the same in every mail: the frame around it, why it came, and how to have no more. */
export function frame(mail: {
  subject: string;
  text: string;
  html: readonly Html[];
  reason: string;
  publicUrl: string;
  offUrl: string;
}): RenderedMail {
  const { subject, text, reason, publicUrl, offUrl } = mail;
  return {
    subject,
    text: `${text}\n\n-- \n${reason}\nDray: ${publicUrl}\nNo more of these: ${offUrl}\n`,
    html: html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="supported-color-schemes" content="light dark" />
          <title>${subject}</title>
          <style>
            :root {
              color-scheme: light dark;
            }
          </style>
        </head>
        <body style="margin:0;padding:0">
          <div
            style="max-width:600px;margin:0 auto;padding:8px 20px 32px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;overflow-wrap:anywhere"
          >
            ${mail.html}
            <p
              style="margin:36px 0 0;padding-top:12px;border-top:1px solid #8886;opacity:.75;font-size:13px"
            >
              ${reason}<br /><a href="${publicUrl}" style="color:inherit">Dray</a> &middot;
              <a href="${offUrl}" style="color:inherit">No more of these</a>
            </p>
          </div>
        </body>
      </html> `.text,
  };
}
