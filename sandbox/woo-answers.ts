import { json } from "./http.ts";

/** WooCommerce's way of saying no. */
export const wooError = (status: number, code: string, message: string, more: object = {}) =>
  json({ code, message, data: { status, ...more } }, status);

export const invalidParam = (name: string, message: string) =>
  wooError(400, "rest_invalid_param", `Invalid parameter(s): ${name}`, {
    params: { [name]: message },
  });

export const noRoute = () =>
  wooError(404, "rest_no_route", "No route was found matching the URL and request method.");

/** One page of `rows` with WordPress's paging headers, or what is wrong with the paging. */
export function listed<T>(rows: T[], url: URL, render: (row: T) => unknown): Response {
  const perPage = whole(url.searchParams.get("per_page") ?? "10");
  if (perPage === null || perPage < 1 || perPage > 100) {
    return invalidParam("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)");
  }
  const page = whole(url.searchParams.get("page") ?? "1");
  if (page === null || page < 1) {
    return invalidParam("page", "page must be greater than or equal to 1");
  }
  const pages = Math.ceil(rows.length / perPage);
  const headers: Record<string, string> = {
    "x-wp-total": String(rows.length),
    "x-wp-totalpages": String(pages),
  };
  if (page < pages) {
    const next = new URL(url);
    next.searchParams.set("page", String(page + 1));
    headers["link"] = `<${next}>; rel="next"`;
  }
  return json(rows.slice((page - 1) * perPage, page * perPage).map(render), 200, headers);
}

const whole = (text: string): number | null => (/^-?\d{1,9}$/.test(text) ? Number(text) : null);
