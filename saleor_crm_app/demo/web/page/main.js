// The page's state and what its buttons do; everything is drawn anew from the state whenever it changes.

import { Gone, Refused, account, ask, change, claim, once, payWithPoints, payWithoutPoints } from "./api.js";
import { drawCart } from "./cart.js";
import { fill, h } from "./dom.js";
import { drawDrawer } from "./drawer.js";
import { offersPlace, useKit } from "./kit.js";
import { drawLab } from "./lab.js";
import { drawHistory, drawPoints } from "./points.js";
import { drawRewards } from "./rewards.js";
import { drawTop } from "./top.js";
import { drawGoods, drawOrders } from "./trade.js";
import { Words } from "./words.js";

const QUICK = 150; // milliseconds between looks after an act
const CALM = 2500; // and while nothing happens
const DOUBLE_CLICK = 500; // for how long a second click, on whatever is there by then, does nothing
const CLOCK = 3500; // until every process of the app has seen that time was moved
const POINTS_SHARE = 0.5; // of an order may be paid with points, as a program has it from the start
const STILL = 3; // equal looks after which the app is taken to have caught up

const EMPTY = { code: null, quote: null, paysPoints: false }; // a cart without anything but goods

const state = {
  words: new Words(localStorage.getItem("language") ?? navigator.language.slice(0, 2)),
  shopKey: "first",
  shop: null,
  person: "anna",
  cart: new Map(),
  ...EMPTY,
  orders: [],
  book: { state: "unknown", account: null },
  elsewhere: [],
  happened: null,
  days: 14,
  isBusy: false,
  isGone: false,
  isCatchingUp: false,
  notice: null,
};

const $ = (id) => document.getElementById(id);
const drawn = new Map();

function draw(name, section, inputs, drawing) {
  const now = JSON.stringify([state.words.language, state.isBusy, state.isGone, inputs]);
  if (drawn.get(name) === now) return;
  drawn.set(name, now);
  drawing($(section), state, does);
}

function show() {
  const { words, shop } = state;
  document.documentElement.lang = words.language;
  document.title = words.say("title");
  $("ribbon").textContent = words.say("ribbon");
  $("main").setAttribute("aria-busy", String(state.isBusy || state.isCatchingUp || !shop));
  draw("notices", "notices", [state.notice], drawNotices);
  if (!shop) return;
  const day = words.date(shop.now);
  const { goods, people, shops, trouble } = shop;
  draw("top", "top", [day, people, shops, shop.key, state.person], drawTop);
  draw("goods", "goods", [goods, shop.currency], drawGoods);
  draw("cart", "cart", [goods, [...state.cart], state.code, state.quote, state.paysPoints, state.book], drawCart);
  draw("lab", "lab", [trouble, state.days], drawLab);
  draw("points", "points", [state.book, state.elsewhere, state.isCatchingUp, state.person], drawPoints);
  draw("rewards", "rewards", [state.book, state.code], drawRewards);
  draw("history", "history", [state.book, state.orders, day], drawHistory);
  draw("orders", "orders", [state.orders], drawOrders);
  draw("drawer", "drawer", [state.happened, state.book, state.orders, day], drawDrawer);
}

function drawNotices(section) {
  const { words, notice, isGone } = state;
  fill(section, isGone ? h("p", { class: "notice" }, words.say("gone")) : notice && h("p", { class: notice.isGood ? "notice good" : "notice" }, words.say(notice.say, notice.values)));
}

// Offers are drawn by the app's own element, once it can be had.
function showOffers() {
  if ($("offers").childElementCount === 0) $("offers").append(...[offersPlace()].filter(Boolean));
}

function tell(say, values, isGood = true) {
  state.notice = { say, values, isGood };
}

// Runs what talks to the page's server, and turns its failures into sentences.
async function talking(work) {
  try {
    await work();
    state.isGone = false;
  } catch (error) {
    if (error instanceof Gone) state.isGone = true;
    else if (error instanceof Refused) tell("refused", { why: error.message }, false);
    else throw error;
  }
}

async function readShop() {
  const { shopKey, person } = state;
  const [shop, orders] = await Promise.all([ask("shop", { shop: shopKey }), ask("orders", { shop: shopKey, person: person ?? "" })]);
  if (shopKey !== state.shopKey || person !== state.person) return;
  Object.assign(state, { shop, orders });
}

async function readAct() {
  const { happened, shopKey } = state;
  if (!happened || happened.act.isSettled) return;
  const act = await ask("act", { shop: shopKey, number: happened.act.number });
  if (state.happened === happened) happened.act = act;
}

// What the app says; its silence leaves the last known points in sight.
async function readBook() {
  const { shop, person } = state;
  if (person === null) {
    Object.assign(state, { book: { state: "guest", account: null }, elsewhere: [] });
    return;
  }
  let book;
  let elsewhere = state.elsewhere;
  try {
    book = { state: "here", account: await account(shop, person, state.words.language) };
    elsewhere = await readElsewhere(shop, person);
  } catch (error) {
    if (!(error instanceof Gone || error instanceof Refused)) throw error;
    book = { state: "away", account: state.book.account };
  }
  if (shop.key !== state.shop.key || person !== state.person) return;
  Object.assign(state, { book, elsewhere });
}

async function readElsewhere(shop, person) {
  const others = shop.shops.filter((one) => one.key !== shop.key);
  return Promise.all(others.map(async (one) => ({ shop: one, account: await account({ ...shop, key: one.key }, person, state.words.language) })));
}

let quotes = 0;

// What the shop's checkout asks for the cart, where more is on it than goods; a later question overtakes an earlier one.
async function readQuote() {
  const mine = ++quotes;
  const isPlain = state.cart.size === 0 || !(state.code || state.paysPoints);
  const quote = isPlain ? null : await askQuote();
  if (mine === quotes) state.quote = quote;
}

const cartAsked = () => ({ person: state.person, cart: Object.fromEntries(state.cart), code: state.code?.code ?? null });
const askQuote = () => change("cart", { shop: state.shopKey, ...cartAsked() });

// The cart has changed: what was asked for it before holds no more.
async function requote() {
  Object.assign(state, { quote: null, notice: null });
  show();
  await talking(readQuote);
  show();
}

async function look() {
  await talking(async () => {
    await readShop();
    await readAct();
    await readQuote();
  });
  if (!state.isGone && state.shop) {
    useKit(state).then(showOffers);
    await readBook();
  }
  show();
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
let watch = 0;

// Looks often until what is seen stays the same, then now and then; a newer watch ends an older one.
async function watching() {
  const mine = ++watch;
  state.isCatchingUp = true;
  show();
  const least = performance.now() + (state.happened?.act.deed === "wait" ? CLOCK : 0);
  let still = 0;
  let last = "";
  while (mine === watch) {
    await look();
    const seen = JSON.stringify([state.book, state.happened?.act]);
    still = seen === last ? still + 1 : 0;
    last = seen;
    const isDone = still >= STILL && performance.now() > least && (state.happened?.act.isSettled ?? true);
    if (mine === watch && isDone === state.isCatchingUp) {
      state.isCatchingUp = !isDone;
      show();
    }
    await pause(state.isCatchingUp && !state.isGone ? QUICK : CALM);
  }
}

// Does one thing at a time: while it is being done, no button answers. Gives null where it failed.
async function busy(work) {
  if (state.isBusy) return null;
  state.isBusy = true;
  state.notice = null;
  show();
  const before = structuredClone(state.book);
  const rest = pause(DOUBLE_CLICK);
  let done = null;
  await talking(async () => {
    done = await work(before);
  });
  watching();
  rest.then(() => {
    state.isBusy = false;
    show();
  });
  return done;
}

const acting = (path, body) =>
  busy(async (before) => {
    const act = await change(path, { shop: state.shopKey, ...body });
    if (act.deed) state.happened = { act, before };
    return act;
  });

// What the app did without the shop is shown like an act of the shop that caused no webhook.
const actOfTheApp = (deed, what) => ({ deed, what, number: 0, days: 0, at: state.shop.now, isSettled: true, deliveries: [] });

// What was bought comes into sight, with the buttons that come next.
async function seeOrder(number) {
  const card = () => document.querySelector(`[data-order="${number}"]`);
  for (let looks = 0; looks < 20 && !card(); looks++) await pause(QUICK);
  card()?.scrollIntoView({ block: "nearest" });
}

const does = {
  add(id) {
    state.cart.set(id, Math.min((state.cart.get(id) ?? 0) + 1, 20));
    requote();
  },
  remove(id) {
    state.cart.delete(id);
    requote();
  },
  async buy() {
    const act = await acting("buy", { once: once(), ...cartAsked(), atCheckout: state.paysPoints });
    if (act) {
      state.cart.clear();
      Object.assign(state, EMPTY);
    }
    show();
    if (act) await seeOrder(act.order);
  },
  claim: (reward) =>
    busy(async (before) => {
      const coupon = await claim(state.shop, state.person, reward.id);
      state.happened = { act: actOfTheApp("claim", reward.name), before };
      tell(coupon.code ? "claimed" : "claimedWithoutCode", { name: reward.name, code: coupon.code });
    }),
  async useCode(code) {
    state.code = code;
    await requote();
    const { quote, words, shop } = state;
    if (quote?.refused) tell("codeRefused", { code: code.code, why: quote.refused }, false);
    else if (quote) tell("codeOn", { name: code.name, total: words.money(quote.total, shop.currency) });
    else tell("codeWaits", { name: code.name });
    show();
    const heading = $("cart").querySelector("h2");
    heading.tabIndex = -1;
    heading.focus();
  },
  dropCode() {
    state.code = null;
    requote();
  },
  payPoints: () =>
    busy(async () => {
      const quote = await askQuote();
      const { available, worth } = state.book.account.points;
      const wanted = Math.min(available, Math.floor(((Number(quote.total) * POINTS_SHARE) / worth.amount) * available));
      if (Number(quote.byCards) === 0) await payWithPoints(state.shop, state.person, quote.checkout, wanted);
      state.paysPoints = true;
      await readQuote();
      tell("pointsPay", { total: state.words.money(state.quote.total, state.shop.currency) });
    }),
  keepPoints: () =>
    busy(async () => {
      await payWithoutPoints(state.shop, state.person, state.quote.checkout);
      state.paysPoints = false;
      await readQuote();
      tell("pointsKept", {});
    }),
  deed: (deed, order, line) => acting("do", { once: once(), person: state.person, order, deed, line: line ?? null }),
  days(days) {
    state.days = days;
    $("days-out").textContent = state.words.count("days", days);
    $("days").setAttribute("aria-valuetext", state.words.count("days", days));
  },
  wait: (days) => acting("time", { once: once(), days }),
  reconcile: () => acting("reconcile", { once: once() }),
  trouble(name, isOn) {
    const { duplicate, reorder, drop, badSignature, isDown } = { ...state.shop.trouble, [name]: isOn };
    return acting("trouble", { duplicate, reorder, drop, badSignature, isDown });
  },
  openSecond: () => acting("second-shop", {}),
  enter(key) {
    move({ shopKey: key });
  },
  signIn(key) {
    move({ person: key || null });
  },
  speak(language) {
    localStorage.setItem("language", language);
    state.words = new Words(language);
    show();
  },
};

function move(to) {
  Object.assign(state, to, { orders: [], book: { state: "unknown", account: null }, elsewhere: [], happened: null, notice: null, ...EMPTY });
  state.cart.clear();
  watching();
}

window.addEventListener("online", () => watching());
watching();
