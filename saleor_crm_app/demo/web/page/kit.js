// The app's storefront kit, as any shop's page would use it; without it the page is the same, less its elements.

import { tokenOf } from "./api.js";
import { h } from "./dom.js";

const place = (appUrl, path) => new URL(path, appUrl).href;
const earns = new Map();
const balance = h("loyalty-balance");
let kit = null; // where the elements come from, and which of them this app can fill
let told = "";

// Loads the kit when it is not there yet, and tells it who is signed in where.
export async function useKit({ shop, person, words }) {
  try {
    kit ??= await fetched(shop.appUrl);
  } catch {
    return; // the app is away: the next look tries again
  }
  const now = JSON.stringify([shop.key, person, words.language]);
  if (now === told) return;
  told = now;
  const token = person === null ? null : () => tokenOf(shop.key, person);
  kit.configure({ saleorApiUrl: shop.apiUrl, channel: shop.channel, language: words.language, token });
}

// Where offers have their place on a page; nothing before the app serves them.
export const offersPlace = () => (kit?.elements.includes("loyalty-offers") ? h("loyalty-offers", { placement: "home" }) : null);

// Elements are made once: put into their place anew, they read anew, and show what they know meanwhile.
export const balancePlace = () => balance;
export const earnPlace = (product) => earns.get(product) ?? earns.set(product, h("loyalty-earn", { product })).get(product);

async function fetched(appUrl) {
  const { src, elements } = await (await fetch(place(appUrl, "/widget/v1/loyalty.json"))).json();
  const { configure } = await import(place(appUrl, src));
  return { configure, elements };
}
