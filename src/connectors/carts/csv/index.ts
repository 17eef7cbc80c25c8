import { definePushingCart } from "../../contract.ts";

/** Orders that come as files. */
export const csv = definePushingCart("csv", "CSV files");
