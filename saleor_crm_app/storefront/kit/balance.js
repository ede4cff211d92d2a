// <loyalty-balance>: the customer's points, what they are worth, what comes and what lapses, and the tier.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { LoyaltyElement } from "./element.js";

const BALANCE = `query Balance($channel: String!, $language: String) {
  loyaltyMe(channel: $channel) {
    points { available pending worth { amount currency } nextExpiration { points at } }
    tier(languageCode: $language) { tier { name } }
  }
}`;

export class LoyaltyBalance extends LoyaltyElement {
  // Guests have no points: nothing is asked for them.
  async read(settings) {
    const token = await settings.token?.();
    if (!token) return null;
    const language = this.words.language.toUpperCase();
    const { loyaltyMe: me } = await ask({ ...settings, token: () => token }, BALANCE, { channel: settings.channel, language });
    return me;
  }

  draw({ points, tier }, words) {
    const { available, pending, worth, nextExpiration: next } = points;
    const line = (part, text) => h("p", { part, class: "muted" }, text);
    return h(
      "div",
      { part: "balance", role: "group", "aria-label": words.say("balance") },
      h("p", {}, h("span", { part: "points", class: "points" }, words.say("points", { n: available })), available > 0 && h("span", { part: "worth", class: "muted" }, ` ${words.say("worth", { money: words.money(worth) })}`)),
      pending > 0 && line("pending", words.say("pending", { n: pending })),
      next && line("lapse", words.say("lapse", { n: next.points, date: words.date(next.at) })),
      tier?.tier && line("tier", words.say("tier", { name: tier.tier.name })),
    );
  }
}
