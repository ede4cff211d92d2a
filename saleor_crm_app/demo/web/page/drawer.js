// "What just happened": the webhooks of the last act, and the ledger lines that came of it.

import { fill, h } from "./dom.js";
import { entryLine } from "./points.js";

const BUCKETS = ["available", "pending", "held", "spent", "expired", "deficit"];

export function drawDrawer(section, state) {
  const { words, happened } = state;
  fill(
    section,
    h("h2", {}, words.say("drawer")),
    !happened && h("p", { class: "muted" }, words.say("drawerEmpty")),
    happened && [title(words, happened), ...ledger(state), ...webhooks(words, happened.act)],
  );
}

function title(words, { act }) {
  const days = act.days ? `: ${words.count("days", act.days)}` : "";
  return h("p", { class: "act" }, h("strong", {}, words.say(`deeds.${act.deed}`, { number: act.order, what: act.what }) + days), h("br"), h("small", {}, words.moment(act.at)));
}

function webhooks(words, act) {
  return [
    h("h3", {}, words.say("deliveries")),
    act.deliveries.length === 0 && h("p", { class: "muted" }, words.say(act.isSettled ? "noDeliveries" : "underWay")),
    h("ol", { class: "deliveries" }, act.deliveries.map((one) => delivery(words, act, one))),
  ];
}

function delivery(words, act, one) {
  const key = `${act.number} ${one.place}`;
  return h(
    "li",
    { class: "delivery", "data-event": one.event, "data-status": one.status },
    h(
      "div",
      { class: "head" },
      h("span", {}, h("small", { class: "muted" }, `#${one.place} `), h("code", {}, one.event)),
      h("span", {}, one.isSpoiled && h("span", { class: "chip bad" }, words.say("spoiled")), " ", ...answers(words, one)),
    ),
    h("details", { key: `signature ${key}` }, h("summary", {}, words.say("signature")), h("pre", { tabindex: "0", class: "signature" }, headersOf(one))),
    h("details", { key: `body ${key}` }, h("summary", {}, words.say("body")), h("pre", { tabindex: "0", class: "body" }, one.body)),
  );
}

function headersOf(one) {
  const named = Object.entries(one.headers).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${one.target}`, ...named, `Saleor-Signature: ${one.signature}`].join("\n");
}

function answers(words, one) {
  if (one.attempts.length === 0) {
    return [h("span", { class: one.status === "FAILED" ? "chip bad" : "chip" }, words.say(one.status === "FAILED" ? "dropped" : "underWay"))];
  }
  return one.attempts.flatMap(({ status, error }) => {
    const look = status >= 200 && status < 300 ? "chip good-news" : "chip bad";
    return [h("span", { class: look, title: error }, status === null ? words.say("noAnswer") : String(status)), " "];
  });
}

function ledger(state) {
  const { words, happened, book } = state;
  if (!happened.before || book.state !== "here") return [];
  const known = new Set(happened.before.account?.entries.map((entry) => entry.id));
  const fresh = (book.account?.entries ?? []).filter((entry) => !known.has(entry.id));
  return [
    h("h3", {}, words.say("lines")),
    fresh.length === 0 && h("p", { class: "muted", id: "no-lines" }, words.say("noLines")),
    h("ul", { class: "entries", id: "fresh-lines" }, fresh.map((entry) => entryLine(state, entry))),
    h("p", { class: "moved" }, h("strong", {}, words.say("balanceMoved")), ": ", moved(words, happened.before.account, book.account)),
  ];
}

function moved(words, before, after) {
  const changes = BUCKETS.map((name) => [name, before?.points[name] ?? 0, after?.points[name] ?? 0]).filter(([, was, is]) => was !== is);
  if (changes.length === 0) return words.say("same");
  return changes.map(([name, was, is]) => `${words.say(name).toLocaleLowerCase(words.language)} ${words.numbers.format(was)} → ${words.numbers.format(is)}`).join(", ");
}
