// <loyalty-earn product="…">: what buying one of a product earns; those of a page are asked for together.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { LoyaltyElement } from "./element.js";

const AT_ONCE = 100;
const EARNED = `query Earned($products: [_Any!]!, $channel: String!) {
  _entities(representations: $products) { ... on Product { id loyaltyPoints(channel: $channel) } }
}`;

const waiting = new Map(); // by token callback, then by all other settings: what was wished since the last round

export class LoyaltyEarn extends LoyaltyElement {
  async read(settings) {
    const product = this.getAttribute("product");
    return product ? (await earned(settings, product)) || null : null;
  }

  draw(points, words) {
    return h("span", { part: "earn" }, words.say("earn", { n: points }));
  }
}

function earned({ token, language, ...settings }, product) {
  const groups = waiting.get(token) ?? waiting.set(token, new Map()).get(token);
  const key = JSON.stringify(settings);
  const group = groups.get(key) ?? groups.set(key, startedGroup({ ...settings, token }, () => groups.delete(key))).get(key);
  group.products.add(product);
  return group.found.then((found) => found.get(product));
}

// All that come before the next task are in it.
function startedGroup(settings, close) {
  const products = new Set();
  const found = new Promise((done) => setTimeout(done)).then(() => {
    close();
    return askedFor(settings, [...products]);
  });
  return { products, found };
}

async function askedFor(settings, products) {
  const parts = [];
  for (let start = 0; start < products.length; start += AT_ONCE) parts.push(products.slice(start, start + AT_ONCE));
  const answers = await Promise.all(parts.map((part) => ask(settings, EARNED, { channel: settings.channel, products: part.map((id) => ({ __typename: "Product", id })) })));
  return new Map(answers.flatMap((answer) => answer._entities.map((one) => [one.id, one.loyaltyPoints])));
}
