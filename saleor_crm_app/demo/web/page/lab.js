// Time and trouble: what one would rather not try on a shop of one's own.

import { fill, h } from "./dom.js";

const SWITCHES = ["duplicate", "reorder", "drop", "badSignature", "isDown"];

export function drawLab(section, state, does) {
  const { words, shop, days } = state;
  const lock = { disabled: state.isGone, "aria-disabled": state.isBusy && "true" };
  fill(
    section,
    h("h2", {}, words.say("lab")),
    h("h3", {}, words.say("time")),
    h(
      "div",
      { class: "slider" },
      h("input", { type: "range", min: "1", max: "400", value: String(days), key: "days", id: "days", "aria-label": words.say("time"), "aria-valuetext": words.count("days", days), oninput: (event) => does.days(Number(event.target.value)) }),
      h("output", { for: "days", id: "days-out" }, words.count("days", days)),
      h("button", { type: "button", key: "go", ...lock, onclick: () => does.wait(state.days) }, words.say("go")),
    ),
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "button", key: "plus14", ...lock, onclick: () => does.wait(14) }, words.say("plus14")),
      h("button", { type: "button", key: "plusYear", ...lock, onclick: () => does.wait(365) }, words.say("plusYear")),
    ),
    h("p", { class: "muted" }, words.say("timeHint")),
    h("h3", {}, words.say("trouble")),
    h(
      "ul",
      { class: "switches" },
      SWITCHES.map((name) =>
        h(
          "li",
          {},
          h(
            "label",
            {},
            h("input", { type: "checkbox", role: "switch", name, key: name, checked: shop.trouble[name], ...lock, onclick: (event) => state.isBusy && event.preventDefault(), onchange: (event) => does.trouble(name, event.target.checked) }),
            words.say(name),
          ),
        ),
      ),
    ),
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "button", key: "reconcile", ...lock, onclick: does.reconcile, title: words.say("reconcileHint") }, words.say("reconcile")),
      !shop.trouble.secondShop && h("button", { type: "button", key: "second", ...lock, onclick: does.openSecond }, words.say("openSecond")),
    ),
    shop.trouble.secondShop && h("p", { class: "muted" }, words.say("secondOpen")),
  );
}
