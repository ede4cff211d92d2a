// The shelf, and the orders with the buttons of the staff.

import { fill, h } from "./dom.js";
import { earnPlace } from "./kit.js";
import { pictureOf } from "./pictures.js";

export function drawGoods(section, state, does) {
  const { words, shop } = state;
  fill(
    section,
    h("h2", {}, words.say("goods")),
    h(
      "ul",
      { class: "goods" },
      shop.goods.map((good) =>
        h(
          "li",
          { class: "good" },
          h("span", { class: `picture ${good.picture}` }, pictureOf(good.picture)),
          h("span", { class: "name" }, good.name),
          h("span", { class: "price" }, words.money(good.price, shop.currency)),
          earnPlace(good.product),
          h(
            "button",
            { type: "button", key: `add ${good.id}`, "aria-label": `${words.say("addLong")}: ${good.name}`, disabled: state.isGone, onclick: () => does.add(good.id) },
            words.say("add"),
          ),
        ),
      ),
    ),
  );
}

export function drawOrders(section, state, does) {
  const { words, orders } = state;
  fill(
    section,
    h("h2", {}, words.say("orders")),
    orders.length === 0 && h("p", { class: "muted" }, words.say("noOrders")),
    orders.map((order, place) => (place < 2 ? orderCard(state, order, does) : earlier(state, order, does))),
  );
}

function earlier(state, order, does) {
  const { words } = state;
  return h("details", { class: "earlier", key: `order ${order.number}` }, h("summary", {}, summary(words, order)), orderCard(state, order, does));
}

const summary = (words, order) =>
  `${words.say("order", { number: order.number })}, ${words.date(order.created)}, ${words.say(`statuses.${order.status}`)}`;

function orderCard(state, order, does) {
  const { words } = state;
  const money = (amount) => words.money(amount, order.currency);
  return h(
    "article",
    { class: "order", "data-order": order.number, "aria-label": summary(words, order) },
    h("div", { class: "head" }, h("h3", {}, words.say("order", { number: order.number })), h("span", { class: "chip" }, words.say(`statuses.${order.status}`))),
    h("p", {}, order.lines.map((line) => `${line.quantity} × ${line.name}`).join(", ")),
    h(
      "p",
      { class: "muted" },
      `${words.date(order.created)}, ${words.say("paidSoFar", { paid: money(order.charged), total: money(order.total) })}`,
      Number(order.refunded) > 0 && `, ${words.say("refunded", { amount: money(order.refunded) })}`,
    ),
    extras(words, order, money),
    paying(state, order, does, money),
    staffBar(state, order, does),
  );
}

// What paid beside money.
function extras(words, order, money) {
  const byCards = Number(order.byCards);
  if (!order.code && byCards === 0) return null;
  return h(
    "p",
    { class: "buttons" },
    order.code && h("span", { class: "chip" }, words.say("withCode"), " ", h("code", {}, order.code)),
    byCards > 0 && h("span", { class: "chip" }, words.say("withCards", { amount: money(byCards) })),
  );
}

function paying(state, order, does, money) {
  const offered = ["pay", "deposit"].filter((deed) => order.may.includes(deed));
  if (offered.length === 0) return null;
  return h(
    "p",
    { class: "buttons" },
    offered.map((deed) => button(state, order, does, { deed, label: state.words.say(deed, { amount: money(order.deposit) }), look: deed === "pay" ? "primary" : "" })),
  );
}

function staffBar(state, order, does) {
  const { words } = state;
  const plain = ["fulfill", "refund_some", "refund_all"].filter((deed) => order.may.includes(deed)).map((deed) => ({ deed, label: words.say(deed) }));
  const returns = order.lines.filter((line) => line.sent > 0).map((line) => ({ deed: "return_line", line: line.id, label: words.say("return_line", { name: line.name }) }));
  const last = order.may.includes("cancel") ? [{ deed: "cancel", label: words.say("cancel") }] : [];
  const offered = [...plain, ...returns, ...last];
  if (offered.length === 0) return null;
  return h(
    "div",
    { class: "staff", role: "group", "aria-label": words.say("staff") },
    h("span", { class: "label", "aria-hidden": "true" }, words.say("staff")),
    offered.map((one) => button(state, order, does, one)),
  );
}

function button(state, order, does, { deed, line, label, look }) {
  const key = `${deed} ${order.number} ${line ?? ""}`;
  return h(
    "button",
    { type: "button", class: look ?? "", key, "data-deed": deed, disabled: state.isGone, "aria-disabled": state.isBusy && "true", onclick: () => does.deed(deed, order.number, line) },
    label,
  );
}
