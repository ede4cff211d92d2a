// Asks the app's storefront API; every failure is thrown and told to nobody.

const PATIENCE = 8000; // milliseconds

export class Refused extends Error {} // an expected no, with a sentence for the shopper

// The token is asked for each time and kept nowhere; it travels in a header alone.
export async function ask({ apiUrl, saleorApiUrl, token }, query, variables, keepalive = false) {
  const bearer = await token?.();
  const headers = { "Content-Type": "application/json" };
  if (saleorApiUrl) headers["Saleor-Api-Url"] = saleorApiUrl;
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  const answer = await fetch(apiUrl, {
    method: "POST",
    headers,
    keepalive,
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (!answer.ok || errors || !data) throw new Error("The loyalty program does not answer.");
  return data;
}

// Does what a mutation `done` does.
export async function act(settings, query, input, keepalive = false) {
  const { done } = await ask(settings, query, { input }, keepalive);
  if (done.errors.length > 0) throw new Refused(done.errors[0].message);
  return done;
}

// What makes a request once and the same when it is sent again.
export function once() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
