/** Every seed that ever found something, and what that was. They are lived through at each `npm test`. */
export const keptSeeds: readonly { seed: number; found: string }[] = [
  { seed: 1, found: "a stored place in a shop's trash kept each later download from its orders" },
  { seed: 8, found: "a shipment was shown twice when completing its order was refused" },
  { seed: 6, found: "an overloaded object was asked to forget a dispatch twice" },
  { seed: 29, found: "a walk over a shop's pages that broke off hid every newer order" },
  { seed: 42, found: "the same, without a crash" },
  { seed: 2, found: "with pages of three records no mail was ever sent" },
  { seed: 42, found: "a limit of the mail service let a mail go a third time" },
  { seed: 47, found: "a parcel that was put off fell from its alert" },
  { seed: 7, found: "an order with two parcels was counted off its alert twice" },
  {
    seed: 26,
    found: "what a warehouse may still be doing was sent again, as its record was not kept",
  },
  { seed: 28, found: "a fulfillment whose mark a shop had emptied was shown a second time" },
  {
    seed: 96,
    found: "an old cancellation in a warehouse's feed stopped an order that was sent anew",
  },
  {
    seed: 40,
    found:
      "an order that its warehouse had called off was refused with words that explained nothing",
  },
  {
    seed: 60,
    found: "an order that was called off and given up could be neither resent nor canceled",
  },
  {
    seed: 89,
    found: "a suppressed mail was told anew when its contact could not be switched off at once",
  },
  {
    seed: 90,
    found: "an order that stands for a shop's was loaded beside it when a page had that twice",
  },
  {
    seed: 192,
    found: "calling off was given up at the first failure after three days of rest",
  },
  {
    seed: 245,
    found: "what shipped before it was known to be there was never flagged as called off too late",
  },
  {
    seed: 252,
    found: "a parcel that was put off got back the trouble that it had before its correction",
  },
  {
    seed: 112,
    found: "a parcel that a dead worker had shown was put off, and shown a second time",
  },
  {
    seed: 73,
    found: "an order counted as called off, as a firewall let nobody ask whether its WMS had it",
  },
];
