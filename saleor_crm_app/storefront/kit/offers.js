// <loyalty-offers placement="…">: the customer's offers, what they do with them, and which of them they saw.

import { Refused, act, ask, once } from "./api.js";
import { h, webAddress } from "./dom.js";
import { LoyaltyElement } from "./element.js";

const HALF = 0.5; // of an offer has to be in sight for it to be seen
const OFFERS = `query Offers($channel: String!, $placement: String, $cart: LoyaltyCartInput, $language: String) {
  personalOffers(channel: $channel, placement: $placement, cart: $cart, languageCode: $language) {
    edges { node {
      id decisionId kind title description picture link validUntil code terms canAccept
      reasons { code text } missing { code text } products(first: 8) { id channel }
    } }
  }
}`;
const ACCEPT = `mutation Accept($input: PersonalOfferAcceptInput!) {
  done: personalOfferAccept(input: $input) { coupon { id code state } errors { field code message } }
}`;
const DISMISS = `mutation Dismiss($input: PersonalOfferDismissInput!) {
  done: personalOfferDismiss(input: $input) { errors { field code message } }
}`;
const FEEDBACK = `mutation Feedback($input: PersonalOfferFeedbackInput!) {
  done: personalOfferFeedback(input: $input) { errors { field code message } }
}`;

const seen = new Set(); // decisions that were told of, on this page

export class LoyaltyOffers extends LoyaltyElement {
  static properties = ["token", "cart"];

  #cart = null;
  #known = false; // whether somebody is signed in: nothing is kept of guests
  #told = null; // what a screen reader is told
  #eye = new IntersectionObserver((entries) => entries.filter((entry) => entry.intersectionRatio >= HALF).forEach((entry) => this.#saw(entry.target)), { threshold: HALF });
  #offers = new WeakMap(); // by what shows them

  // The cart that offers are to fit, as the API takes it.
  get cart() {
    return this.#cart;
  }

  set cart(cart) {
    this.#cart = cart;
    this.refresh();
  }

  async read(settings) {
    const asked = { channel: settings.channel, placement: this.getAttribute("placement"), cart: this.#cart, language: this.words.language.toUpperCase() };
    const { personalOffers } = await ask(settings, OFFERS, asked);
    this.#known = Boolean(await settings.token?.());
    const offers = personalOffers.edges.map((edge) => edge.node);
    return offers.length > 0 ? offers : null;
  }

  draw(offers, words) {
    this.#eye.disconnect();
    this.#told = h("p", { role: "status", class: "told" });
    const list = h("ul", { part: "list", tabindex: "-1" }, ...offers.map((offer) => this.#card(offer, words)));
    this.tell("loaded", { offers });
    return h("section", { part: "offers", "aria-label": words.say("offers") }, list, this.#told);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#eye.disconnect();
  }

  #card(offer, words) {
    const line = (part, text) => text && h("p", { part, class: "muted" }, text);
    const picture = offer.picture && webAddress(offer.picture);
    const card = h(
      "li",
      { part: "offer", class: "offer", "data-kind": offer.kind },
      picture && h("img", { part: "picture", src: picture, alt: "", loading: "lazy", error: (event) => event.target.remove() }),
      h("h3", { part: "title", tabindex: "-1" }, offer.title),
      line("description", offer.description),
      ...offer.reasons.map((one) => line("reason", one.text)),
      ...offer.missing.map((one) => line("missing", one.text)),
      offer.products.length > 0 && h("slot", { name: offer.id }), // the storefront knows how its products look
      line("until", offer.validUntil && words.say("until", { date: words.date(offer.validUntil) })),
      line("terms", offer.terms),
      h("p", { part: "code-line" }, ...codeShown(offer.code, words)),
    );
    card.append(this.#acts(card, offer, words));
    this.#offers.set(card, offer);
    this.#eye.observe(card);
    return card;
  }

  #acts(card, offer, words) {
    const link = offer.link && webAddress(offer.link);
    const named = (name) => words.say("about", { act: words.say(name), title: offer.title });
    const key = once();
    const button = (name, look, work) => h("button", { type: "button", part: `button ${look}`, class: look, "aria-label": named(name), click: (event) => this.#once(event.currentTarget, words, work) }, words.say(name));
    return h(
      "div",
      { part: "acts", class: "acts" },
      offer.canAccept && button("accept", "main", () => this.#accept(card, offer, key)),
      link && h("a", { part: "link", class: "look", href: link, "aria-label": named("look"), click: () => this.#clicked(offer) }, words.say("look")),
      this.#known && button("dismiss", "quiet", () => this.#leave(card, offer, "dismissed", act(this.settings, DISMISS, this.#about(offer)))),
      this.#known && button("notForMe", "quiet", () => this.#leave(card, offer, "not-for-me", this.#feedback(offer, "NOT_FOR_ME"))),
    );
  }

  // Does it unless it is being done, and says so where it fails.
  async #once(button, words, work) {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    try {
      await work();
    } catch (error) {
      this.#said(button.closest("li"), error instanceof Refused ? error.message : words.say("failed"));
    } finally {
      button.ariaDisabled = null;
    }
  }

  async #accept(card, offer, idempotencyKey) {
    const { coupon } = await act(this.settings, ACCEPT, { ...this.#about(offer), idempotencyKey });
    const { words } = this;
    const title = card.querySelector("h3");
    title.focus({ preventScroll: true });
    card.querySelector("[part~=main]").remove();
    card.querySelector("[part=code-line]").replaceChildren(...(coupon.code ? codeShown(coupon.code, words) : [words.say("codeComes")]));
    this.#said(null, words.say("accepted", { title: offer.title }));
    this.tell("accepted", { offer, coupon });
  }

  async #leave(card, offer, name, done) {
    await done;
    const next = (card.nextElementSibling ?? card.previousElementSibling)?.querySelector("h3") ?? card.parentElement;
    if (card.contains(this.shadowRoot.activeElement)) next.focus();
    card.remove();
    this.#said(null, this.words.say("gone", { title: offer.title }));
    this.tell(name, { offer });
  }

  #clicked(offer) {
    if (this.#known) this.#feedback(offer, "CLICKED").catch(() => {});
    this.tell("clicked", { offer });
  }

  #saw(card) {
    const offer = this.#offers.get(card);
    this.#eye.unobserve(card);
    if (seen.has(offer.decisionId + offer.id)) return;
    seen.add(offer.decisionId + offer.id);
    if (this.#known) this.#feedback(offer, "SEEN").catch(() => {});
    this.tell("seen", { offer });
  }

  #feedback(offer, feedback) {
    return act(this.settings, FEEDBACK, { ...this.#about(offer), feedback }, true);
  }

  #about({ id, decisionId }) {
    return { channel: this.settings.channel, offerId: id, decisionId };
  }

  // In the card for eyes where there is one, and aloud.
  #said(card, text) {
    this.#told.textContent = text;
    if (!card) return;
    card.querySelector("[part=trouble]")?.remove();
    card.append(h("p", { part: "trouble", "aria-hidden": "true" }, text));
  }
}

const codeShown = (code, words) => (code ? [`${words.say("code")} `, h("code", { part: "code" }, code)] : []);
