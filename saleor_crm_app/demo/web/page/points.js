// The customer's points: balance, where they stand in the other shop, and their history.

import { fill, h } from "./dom.js";
import { balancePlace } from "./kit.js";

const BUCKETS = ["available", "pending", "spent", "expired", "deficit"];

export function drawPoints(section, state) {
  const { words, book } = state;
  fill(
    section,
    h("div", { class: "head" }, h("h2", {}, words.say("points")), standing(state)),
    book.state === "guest" && h("p", { class: "muted" }, words.say("guestPoints")),
    book.state === "away" && h("p", { class: "warning" }, words.say("pointsAway")),
    book.state === "here" && !book.account?.total && h("p", { class: "muted" }, words.say("noPoints")),
    book.account && badge(state),
    ...others(state),
  );
}

function standing({ words, book, isCatchingUp }) {
  if (book.state === "guest") return null;
  if (book.state === "away") return h("span", { class: "chip warn" }, words.say("pointsAsOf"));
  return h("span", { class: "chip", id: "standing" }, words.say(isCatchingUp ? "catchingUp" : "upToDate"));
}

function badge({ words, book }) {
  const { points } = book.account;
  return [
    h(
      "dl",
      { class: "buckets" },
      BUCKETS.map((name) =>
        h(
          "div",
          { class: `bucket ${name}` },
          h("dt", {}, words.say(name)),
          h("dd", { "data-points": name, class: points[name] > 999 && "long", title: words.count("points", points[name]) }, words.numbers.format(points[name])),
        ),
      ),
    ),
    balancePlace(),
    points.held > 0 && h("p", { class: "muted", id: "held" }, words.say("setAside", { points: words.count("points", points.held) })),
    standingIn(words, book.account.tier),
  ];
}

// The tier, where the shop has any.
function standingIn(words, status) {
  if (!status) return null;
  const until = status.tier && status.until && `, ${words.say("keptUntil", { date: words.date(status.until) })}`;
  return h(
    "p",
    { class: "muted", "data-tier": status.tier?.code ?? "" },
    `${words.say("tier")}: `,
    h("strong", {}, status.tier?.name ?? words.say("noTier")),
    until,
  );
}

function others({ words, elsewhere, shop, person }) {
  return elsewhere.map((one) =>
    h(
      "p",
      { class: "other", "data-shop": one.shop.key },
      words.say("inOther", { name: shop.people.find((known) => known.key === person)?.name ?? "", shop: one.shop.name }),
      ": ",
      h("strong", {}, BUCKETS.slice(0, 2).map((name) => `${words.say(name)} ${words.numbers.format(one.account?.points[name] ?? 0)}`).join(", ")),
    ),
  );
}

export function drawHistory(section, state) {
  const { words, book } = state;
  const entries = book.account?.entries ?? [];
  fill(
    section,
    h("h2", {}, words.say("history")),
    entries.length === 0
      ? h("p", { class: "muted" }, words.say("noHistory"))
      : h("ul", { class: "entries" }, entries.map((entry) => entryLine(state, entry))),
  );
}

export function entryLine({ words, shop, orders }, entry) {
  const order = orders.find((one) => one.id === entry.order?.id);
  return h(
    "li",
    { class: "entry" },
    h("span", { class: entry.points < 0 ? "amount minus" : "amount plus" }, words.signed(entry.points)),
    h(
      "span",
      {},
      h("strong", {}, words.say(`kinds.${entry.kind}`)),
      entry.order && `, ${order ? words.say("order", { number: order.number }) : words.say("anOrder")}`,
      h("br"),
      h("small", {}, [words.date(entry.occurredAt), ...fate(words, shop, entry)].join(", ")),
    ),
  );
}

function fate(words, shop, entry) {
  if (entry.points <= 0 || entry.kind !== "EARN") return [];
  if (!entry.availableAt) return [words.say("later")];
  const date = words.date(entry.availableAt);
  const isOpen = new Date(entry.availableAt) > new Date(shop.now);
  const told = [words.say(isOpen ? "from" : "since", { date })];
  return entry.expiresAt ? [...told, words.say("until", { date: words.date(entry.expiresAt) })] : told;
}
