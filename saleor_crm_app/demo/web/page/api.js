// Talks to the page's own server and to the app; every failure is one of three, each with words of its own.

export class Gone extends Error {} // nobody answers
export class Refused extends Error {} // the answer is no

async function answered(url, options) {
  let answer;
  try {
    answer = await fetch(url, { cache: "no-store", ...options });
  } catch {
    throw new Gone(url);
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(content.error ?? `HTTP ${answer.status}`);
  return content;
}

export const ask = (path, query = {}) => answered(`/api/${path}?${new URLSearchParams(query)}`);

export const change = (path, body) =>
  answered(`/api/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Simulated-Shop": "page" },
    body: JSON.stringify(body),
  });

export function once() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const ACCOUNT = `query Account($channel: String!, $language: String!) {
  loyaltyMe(channel: $channel) {
    points { available pending held spent expired deficit worth { amount currency } nextExpiration { points at } }
    tier(languageCode: $language) { tier { code name } until }
    entries(first: 20) {
      totalCount
      edges { node { id kind points order { id } occurredAt availableAt expiresAt } }
    }
    rewards(first: 20, languageCode: $language) {
      edges { node { id name kind pointsCost stockLeft affordable reasons { code text } missing { code text } } }
    }
    coupons(first: 12) {
      edges { node { id code state issuedAt expiresAt reward { id name kind } } }
    }
  }
}`;

const CLAIM = `mutation Claim($input: RewardClaimInput!) {
  done: rewardClaim(input: $input) { coupon { id code state } errors { message } }
}`;

const APPLY = `mutation Apply($input: PointsApplyToCheckoutInput!) {
  done: pointsApplyToCheckout(input: $input) { hold { points } errors { message } }
}`;

const REMOVE = `mutation Remove($input: PointsRemoveFromCheckoutInput!) {
  done: pointsRemoveFromCheckout(input: $input) { removed errors { message } }
}`;

const tokens = new Map();
const TOKEN_SECONDS = 240;

export async function tokenOf(shop, person) {
  const key = `${shop} ${person}`;
  const known = tokens.get(key);
  if (known && known.until > performance.now()) return known.token;
  const { token } = await change("token", { shop, person });
  tokens.set(key, { token, until: performance.now() + TOKEN_SECONDS * 1000 });
  return token;
}

// Asks the app's storefront API as the signed-in customer.
async function storefront(shop, person, query, variables) {
  const token = await tokenOf(shop.key, person);
  const content = await answered(`${shop.appUrl}/graphql/`, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  if (content.errors || !content.data) throw new Refused(content.errors?.[0]?.message ?? "no data");
  return content.data;
}

async function mutated(shop, person, query, input) {
  const { done } = await storefront(shop, person, query, { input: { idempotencyKey: once(), ...input } });
  if (done.errors.length > 0) throw new Refused(done.errors[0].message);
  return done;
}

const byAge = (one, other) => new Date(other.issuedAt) - new Date(one.issuedAt);
const nodes = (connection) => connection.edges.map((edge) => edge.node);

// The customer's account as the app's storefront API gives it; null before there is a program.
export async function account(shop, person, language) {
  const { loyaltyMe: me } = await storefront(shop, person, ACCOUNT, { channel: shop.channel, language: language.toUpperCase() });
  return me && { points: me.points, tier: me.tier, entries: nodes(me.entries), total: me.entries.totalCount, rewards: nodes(me.rewards), coupons: nodes(me.coupons).sort(byAge) };
}

// Raise Refused with the app's sentence.
export const claim = async (shop, person, rewardId) => (await mutated(shop, person, CLAIM, { channel: shop.channel, rewardId })).coupon;
export const payWithPoints = (shop, person, checkoutId, points) => mutated(shop, person, APPLY, { channel: shop.channel, checkoutId, points });
export const payWithoutPoints = (shop, person, checkoutId) => mutated(shop, person, REMOVE, { checkoutId });
