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
    points { available pending spent expired deficit worth { amount currency } nextExpiration { points at } }
    tier(languageCode: $language) { tier { code name } until }
    entries(first: 20) {
      totalCount
      edges { node { id kind points order { id } occurredAt availableAt expiresAt } }
    }
  }
}`;

const tokens = new Map();
const TOKEN_SECONDS = 240;

async function tokenOf(shop, person) {
  const key = `${shop} ${person}`;
  const known = tokens.get(key);
  if (known && known.until > performance.now()) return known.token;
  const { token } = await change("token", { shop, person });
  tokens.set(key, { token, until: performance.now() + TOKEN_SECONDS * 1000 });
  return token;
}

// The customer's account as the app's storefront API gives it; null before the first point.
export async function account(shop, person, language) {
  const token = await tokenOf(shop.key, person);
  const content = await answered(`${shop.appUrl}/graphql/`, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: ACCOUNT, variables: { channel: shop.channel, language: language.toUpperCase() } }),
  });
  if (content.errors || !content.data) throw new Refused(content.errors?.[0]?.message ?? "no data");
  const me = content.data.loyaltyMe;
  return me && { points: me.points, tier: me.tier, entries: me.entries.edges.map((edge) => edge.node), total: me.entries.totalCount };
}
