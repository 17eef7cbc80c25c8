import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { timeInWords } from "./words.ts";

/** A whole page; every value in it is escaped by hono/jsx. */
export const page = (title: string, content: Child) =>
  html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{title} - Dray</title>
          <link rel="stylesheet" href="/style.css" />
        </head>
        <body>
          <header>
            <a href="/">Dray</a>
            <span class="quiet">Orders</span>
            <a class="small" href="/alerts">
              What is wrong
            </a>
          </header>
          <main>{content}</main>
        </body>
      </html>
    )}`;

export const Moment = ({ at }: { at: string }) => <time datetime={at}>{timeInWords(at)}</time>;
