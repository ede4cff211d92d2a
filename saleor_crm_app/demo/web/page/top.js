// The head of the page: which shop, who one is, what day it is, and in which language.

import { fill, h } from "./dom.js";
import { LANGUAGES } from "./words.js";

export function drawTop(section, state, does) {
  const { words, shop, person } = state;
  fill(
    section,
    h("h1", {}, shop.name),
    shop.shops.length > 1 && choice(words.say("whichShop"), "shop", shop.shops, shop.key, does.enter),
    choice(words.say("signedInAs"), "person", [...shop.people, { key: "", name: words.say("guest") }], person ?? "", does.signIn),
    h("p", { class: "date" }, h("span", { class: "label" }, words.say("shopDate")), h("time", { id: "shop-date", datetime: shop.now }, words.date(shop.now))),
    h(
      "div",
      { class: "choice", role: "group", "aria-label": words.say("language") },
      LANGUAGES.map(([key, name]) =>
        h("button", { type: "button", key: `language ${key}`, lang: key, "aria-pressed": String(key === words.language), onclick: () => does.speak(key) }, name),
      ),
    ),
  );
}

function choice(label, name, options, chosen, choose) {
  return h(
    "div",
    { class: "choice", role: "group", "aria-label": label },
    h("span", { class: "label", "aria-hidden": "true" }, label),
    options.map((one) =>
      h("button", { type: "button", key: `${name} ${one.key}`, "data-choice": `${name} ${one.key}`, "aria-pressed": String(one.key === chosen), onclick: () => choose(one.key) }, one.name),
    ),
  );
}
