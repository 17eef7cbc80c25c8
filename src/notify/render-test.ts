import { html } from "./html.ts";
import { frame, type RenderedMail } from "./mail-frame.ts";

const said =
  "This is how Dray reaches you when something needs somebody. Nothing is wrong: somebody tried out whether mail arrives.";

/** A mail to try out whether mail arrives. */
export const renderTest = (urls: { publicUrl: string; offUrl: string }): RenderedMail =>
  frame({
    subject: "Mail of Dray arrives",
    text: said,
    html: [html` <p style="margin:28px 0 0">${said}</p>`],
    reason: "You get this because a person asked for it.",
    ...urls,
  });
