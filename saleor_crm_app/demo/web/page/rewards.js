// What can be had for points and how far it is, and the codes that the customer has.

import { fill, h } from "./dom.js";

const NO_CODE = ["CUSTOM", "DRAW_TICKET"]; // the shop's staff see to these
const OVER_IN_SIGHT = 2;
const LOOKS = { ISSUED: "good-news", HELD: "", USED: "", EXPIRED: "", REVOKED: "", FAILED: "bad" };

export function drawRewards(section, state, does) {
  const { words, book } = state;
  const { rewards, coupons } = book.account ?? { rewards: [], coupons: [] };
  const over = coupons.filter((coupon) => !isOpen(coupon));
  if (rewards.length + coupons.length === 0) return section.replaceChildren();
  fill(
    section,
    h("h2", {}, words.say("rewards")),
    h("ul", { class: "rewards" }, rewards.map((reward) => rung(state, reward, does))),
    coupons.length > 0 && h("h3", {}, words.say("yourCodes")),
    slips(state, coupons.filter(isOpen), does),
    slips(state, over.slice(0, OVER_IN_SIGHT), does),
    over.length > OVER_IN_SIGHT && h("details", { key: "earlier codes" }, h("summary", {}, words.say("earlierCodes")), slips(state, over.slice(OVER_IN_SIGHT), does)),
  );
}

const isOpen = (coupon) => ["ISSUED", "HELD"].includes(coupon.state);

const slips = (state, coupons, does) => coupons.length > 0 && h("ul", { class: "coupons" }, coupons.map((coupon) => slip(state, coupon, does)));

function rung(state, reward, does) {
  const { words, book } = state;
  const has = Math.min(Math.max(book.account.points.available, 0), reward.pointsCost);
  return h(
    "li",
    { class: "rung", "data-reward": reward.kind },
    h("span", { class: "name" }, reward.name, reward.stockLeft !== null && h("small", {}, ` ${words.count("left", reward.stockLeft)}`)),
    h("small", { class: "cost" }, words.count("points", reward.pointsCost)),
    h("progress", { max: reward.pointsCost, value: has, class: reward.affordable && "full", "aria-label": `${reward.name}: ${words.say("pointsOf", { has: words.numbers.format(has), cost: words.numbers.format(reward.pointsCost) })}` }),
    reward.affordable
      ? h(
          "button",
          { type: "button", key: `claim ${reward.id}`, "aria-label": `${words.say("getIt")}: ${reward.name}`, disabled: state.isGone || book.state !== "here", "aria-disabled": state.isBusy && "true", onclick: () => does.claim(reward) },
          words.say("getIt"),
        )
      : h("small", { class: "lacks" }, lacks(reward)),
  );
}

// What is missing; where nothing can be done about it, why.
const lacks = ({ missing, reasons }) => (missing.length > 0 ? missing : reasons).map((one) => one.text).join(", ");

function slip(state, coupon, does) {
  const { words, book, code } = state;
  const { state: stands, reward } = coupon;
  const name = book.account.rewards.find((one) => one.id === reward?.id)?.name ?? reward?.name ?? "";
  const isUsable = stands === "ISSUED" && coupon.code;
  return h(
    "li",
    { class: stands === "ISSUED" ? "slip" : "slip over", "data-coupon": stands },
    h("span", { class: "name" }, name),
    h("span", { class: `chip ${LOOKS[stands]}` }, words.say(`coupons.${stands}`)),
    h(
      "span",
      {},
      coupon.code ? h("code", {}, coupon.code) : h("small", {}, without(words, coupon)),
      stands === "ISSUED" && coupon.expiresAt && h("small", {}, ` ${words.say("goodUntil", { date: words.date(coupon.expiresAt) })}`),
    ),
    isUsable && (code?.code === coupon.code ? h("small", {}, words.say("onTheCart")) : use(state, coupon, name, does)),
  );
}

function use({ words, isGone, isBusy }, { id, code }, name, does) {
  return h(
    "button",
    { type: "button", key: `use ${id}`, "aria-label": `${words.say("useCode")}: ${name}, ${code}`, disabled: isGone, "aria-disabled": isBusy && "true", onclick: () => does.useCode({ code, name }) },
    words.say("useCode"),
  );
}

function without(words, { state, reward }) {
  if (state === "HELD") return words.say("codeComes");
  return state === "ISSUED" && NO_CODE.includes(reward?.kind) ? words.say("staffSeeToIt") : "";
}
