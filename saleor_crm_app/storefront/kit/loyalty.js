// The names by which pages use the elements.

import { LoyaltyBalance } from "./balance.js";
import { LoyaltyEarn } from "./earn.js";
import { configure } from "./element.js";
import { LoyaltyOffers } from "./offers.js";

const ELEMENTS = { "loyalty-balance": LoyaltyBalance, "loyalty-earn": LoyaltyEarn, "loyalty-offers": LoyaltyOffers };

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}

export { configure };
