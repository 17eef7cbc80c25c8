import type { Frequency } from "../domain/contacts.ts";
import type { ShownAlert, ShownKind, ShownMerchant } from "./arrange-news.ts";
import { html, type Html } from "./html.ts";
import { frame, type RenderedMail } from "./mail-frame.ts";
import {
  openText,
  plural,
  reasonText,
  resolvedText,
  subjectOfNews,
  waitingText,
} from "./mail-words.ts";

/** What a mail of news is made of. */
export interface NewsMail {
  merchants: readonly ShownMerchant[];
  frequency: Exclude<Frequency, "off">;
  /** It comes at the end of a window, not at once. */
  digest: boolean;
  publicUrl: string;
  offUrl: string;
}

/** A mail that says what is wrong, what is over and what is open still, by merchant and kind. */
export function renderNews({ merchants, frequency, digest, ...urls }: NewsMail): RenderedMail {
  return frame({
    subject: subjectOfNews(merchants, digest),
    text: merchants.map(merchantText).join("\n\n"),
    html: merchants.map(merchantHtml),
    reason: reasonText(frequency),
    ...urls,
  });
}

const underlined = (text: string, by: string): string => `${text}\n${by.repeat(text.length)}`;

/** What a kind has besides the alerts that are shown; null: nothing. */
function moreText({ count, alerts }: ShownKind): string | null {
  if (alerts.length === 0) return plural(count, "alert", "alerts");
  return count > alerts.length ? `and ${count - alerts.length} more` : null;
}

function merchantText({ name, link, kinds, resolved, resolved_count, open }: ShownMerchant) {
  const over = resolved.map((title) => `- ${title}`);
  if (resolved_count > over.length) over.push(`- and ${resolved_count - over.length} more`);
  return [
    underlined(name, "="),
    ...kinds.map((kind) => kindText(kind, link)),
    ...(resolved_count > 0
      ? [`${underlined(resolvedText(resolved_count), "-")}\n\n${over.join("\n")}`]
      : []),
    ...(open > 0 ? [`${openText(open)}:\n${link}`] : []),
  ].join("\n\n");
}

function kindText(kind: ShownKind, link: string): string {
  const more = moreText(kind);
  return [
    underlined(`${kind.label} (${kind.count})`, "-"),
    `What to do: ${kind.todo}`,
    ...kind.alerts.map(alertText),
    ...(more === null ? [] : [`${more}:\n${link}`]),
  ].join("\n\n");
}

const alertText = ({ title, message, waiting, again, link }: ShownAlert): string =>
  [
    `${title}${again ? " (again)" : ""}`,
    ...(message === null ? [] : [`"${message}"`]),
    ...(waiting === 0 ? [] : [waitingText(waiting)]),
    link,
  ].join("\n");

// No colours but the button's: the reader's own count, light or dark.
const quiet = "opacity:.75;font-size:14px";
const line = "border-top:1px solid #8886";
const heading = "font-size:16px;margin:24px 0 6px";
const button =
  "display:inline-block;padding:6px 14px;border-radius:6px;background:#1d5fd1;color:#ffffff;text-decoration:none;font-size:14px";

const merchantHtml = (merchant: ShownMerchant): Html =>
  html` <h1 style="font-size:20px;line-height:1.3;margin:28px 0 4px">${merchant.name}</h1>
    ${merchant.kinds.map((kind) => kindHtml(kind, merchant.link))}${resolvedHtml(merchant)}${openHtml(merchant)}`;

function resolvedHtml({ resolved, resolved_count }: ShownMerchant): Html | "" {
  if (resolved_count === 0) return "";
  const more = resolved_count - resolved.length;
  const rows = [...resolved, ...(more > 0 ? [`and ${more} more`] : [])];
  return html` <h2 style="${heading}">${resolvedText(resolved_count)}</h2>
    <ul style="margin:0;padding-left:20px">
      ${rows.map((row) => html`<li style="margin:2px 0">${row}</li>`)}
    </ul>`;
}

const openHtml = ({ open, link }: ShownMerchant): Html | "" =>
  open === 0
    ? ""
    : html` <p style="margin:20px 0 0">
        ${openText(open)}. <a href="${link}">See all that is open</a>
      </p>`;

function kindHtml(kind: ShownKind, link: string): Html {
  const more = moreText(kind);
  const rest =
    more === null
      ? ""
      : html` <p style="${line};margin:0;padding:10px 0"><a href="${link}">${more}</a></p>`;
  return html` <h2 style="${heading}">${kind.label} (${kind.count})</h2>
    <p style="margin:0 0 8px;${quiet}">${kind.todo}</p>
    ${kind.alerts.map(alertHtml)}${rest}`;
}

function alertHtml({ title, message, waiting, again, link }: ShownAlert): Html {
  const said =
    message === null ? "" : html` <div style="margin-top:4px">&ldquo;${message}&rdquo;</div>`;
  const wait =
    waiting === 0 ? "" : html` <div style="margin-top:4px;${quiet}">${waitingText(waiting)}</div>`;
  const once = again ? html` <span style="${quiet}">again</span>` : "";
  return html` <div style="${line};padding:10px 0">
    <div style="font-weight:600">${title}${once}</div>
    ${said}${wait}
    <div style="margin-top:10px"><a href="${link}" style="${button}">Fix this</a></div>
  </div>`;
}
