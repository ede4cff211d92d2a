// The cart: what is in it, the code that is on it, points that pay, and what the shop asks for all of that.

import { fill, h } from "./dom.js";

export function drawCart(section, state, does) {
  const { words } = state;
  const lines = linesOf(state);
  fill(
    section,
    h("h2", {}, words.say("cart")),
    lines.length === 0 && h("p", { class: "muted" }, words.say(state.code ? "emptyCartWithCode" : "emptyCart")),
    lines.length > 0 && [
      h("ul", { class: "lines" }, lines.map((line) => goodLine(state, line, does)), extras(state, does), sum(state, lines)),
      state.quote?.refused && h("p", { class: "warning", id: "refused" }, words.say("codeRefused", { code: state.code.code, why: state.quote.refused })),
      buttons(state, does),
    ],
  );
}

function linesOf({ shop, cart }) {
  return [...cart].map(([id, units]) => ({ good: shop.goods.find((good) => good.id === id), units })).filter((line) => line.good);
}

function goodLine({ words, shop }, { good, units }, does) {
  return h(
    "li",
    {},
    h("span", {}, `${units} × ${good.name}`),
    h("span", { class: "price" }, words.money(Number(good.price) * units, shop.currency)),
    remove(words, `remove ${good.id}`, good.name, () => does.remove(good.id)),
  );
}

function extras({ words, shop, code, quote }, does) {
  const less = (amount) => words.money(-Number(amount), shop.currency);
  const byCards = Number(quote?.byCards ?? 0);
  return [
    h("li", { class: "muted" }, h("span", {}, words.say("shipping")), h("span", { class: "price" }, words.money(shop.shipping, shop.currency))),
    code &&
      h(
        "li",
        { class: quote?.refused ? "muted" : "less", "data-code": code.code },
        h("span", {}, `${code.name} `, h("code", {}, code.code)),
        h("span", { class: "price" }, quote && !quote.refused ? less(quote.byCode) : "…"),
        remove(words, "drop code", code.code, does.dropCode),
      ),
    byCards > 0 &&
      h(
        "li",
        { class: "less", id: "by-points" },
        h("span", {}, words.say("points")),
        h("span", { class: "price" }, less(byCards)),
        remove(words, "keep points", words.say("points"), does.keepPoints),
      ),
  ];
}

function remove(words, key, name, onclick) {
  return h("button", { type: "button", class: "quiet", key, "aria-label": `${words.say("remove")}: ${name}`, onclick }, words.say("remove"));
}

function sum({ words, shop, quote }, lines) {
  const full = lines.reduce((total, { good, units }) => total + Number(good.price) * units, Number(shop.shipping));
  const asked = quote ? Number(quote.total) : full;
  const money = (amount) => words.money(amount, shop.currency);
  return h(
    "li",
    { class: "sum" },
    h("span", {}, words.say("total")),
    asked < full && h("del", { class: "muted" }, money(full)),
    h("span", { class: "price", id: "total" }, money(asked)),
  );
}

function buttons(state, does) {
  const { words, shop, book, quote } = state;
  const lock = { disabled: state.isGone, "aria-disabled": state.isBusy && "true" };
  const points = book.account?.points;
  const mayPay = shop.bindsCards && book.state === "here" && points?.available > 0 && !Number(quote?.byCards ?? 0);
  return h(
    "p",
    { class: "buttons" },
    h("button", { type: "button", class: "primary", key: "buy", ...lock, onclick: does.buy }, words.say(state.code || state.paysPoints ? "buyAndPay" : "buy")),
    mayPay && h("button", { type: "button", key: "pay points", ...lock, onclick: does.payPoints }, words.say("payPoints")),
  );
}
