// What all elements share: their settings, when they read, and that they are not there when nothing can be told.

import { LOOK } from "./dom.js";
import { Words, spoken } from "./words.js";

const SETTINGS = ["apiUrl", "saleorApiUrl", "channel", "language"];
const attributeOf = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const shared = { apiUrl: new URL("../../graphql/", import.meta.url).href, saleorApiUrl: "", channel: "", language: "", token: null };
const connected = new Set();

// Settings for all elements; what one says itself, by attributes or its `token`, goes before them.
export function configure(settings) {
  Object.assign(shared, settings);
  for (const element of connected) element.refresh();
}

export class LoyaltyElement extends HTMLElement {
  static observedAttributes = [...SETTINGS.map(attributeOf), "product", "placement"];
  static properties = ["token"]; // that a page may have set before there was this class

  #turn = 0;
  #token = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [LOOK];
  }

  // Gives the customer's access token of Saleor, or null for guests; may take its time.
  get token() {
    return this.#token ?? shared.token;
  }

  set token(callback) {
    this.#token = callback;
    this.refresh();
  }

  get settings() {
    const own = SETTINGS.map((name) => [name, this.getAttribute(attributeOf(name)) || shared[name]]);
    return { ...Object.fromEntries(own), token: this.token };
  }

  get words() {
    return new Words(spoken(this.settings.language || document.documentElement.lang));
  }

  connectedCallback() {
    connected.add(this);
    for (const name of this.constructor.properties) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.refresh();
  }

  disconnectedCallback() {
    connected.delete(this);
  }

  attributeChangedCallback() {
    this.refresh();
  }

  // Reads anew and shows it. What changes at once is read once, and the newest answer counts.
  async refresh() {
    const mine = ++this.#turn;
    await Promise.resolve();
    if (mine !== this.#turn || !this.isConnected) return;
    let found = null;
    try {
      found = this.settings.channel ? await this.read(this.settings) : null;
    } catch {
      // a shop goes on without its loyalty program
    }
    if (mine === this.#turn && this.isConnected) this.show(found === null ? null : this.draw(found, this.words));
  }

  // Puts this in place of what is shown; null: nothing.
  show(content) {
    this.toggleAttribute("shown", content !== null);
    content?.setAttribute("lang", this.words.language);
    this.shadowRoot.replaceChildren(...(content === null ? [] : [content]));
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`loyalty:${name}`, { bubbles: true, composed: true, detail }));
  }
}
