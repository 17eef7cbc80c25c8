import { z } from "zod";
import type { VendorAnswer } from "../../vendor-http.ts";
import { answered, ask, type WooCall } from "./client.ts";
import { type WooNote, wooNote } from "./wire.ts";

const pathOf = (sourceId: string): string => `/orders/${encodeURIComponent(sourceId)}/notes`;

/** The notes of an order, or the shop's no. */
export const listNotes = async (
  call: WooCall,
  sourceId: string,
): Promise<WooNote[] | VendorAnswer> => {
  const answer = await ask(call, "GET", pathOf(sourceId));
  return answered(answer) ? answer.json(z.array(wooNote)) : answer;
};

/** Adds a note; one for the customer is mailed to them by the shop. */
export const addNote = (
  call: WooCall,
  sourceId: string,
  note: string,
  forCustomer: boolean,
): Promise<VendorAnswer> =>
  ask(call, "POST", pathOf(sourceId), { body: { note, customer_note: forCustomer } });
