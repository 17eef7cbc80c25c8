import { definePushingCart } from "../../contract.ts";

/** Orders that come by the API or are entered by hand. */
export const api = definePushingCart("api", "Orders by API or by hand");
