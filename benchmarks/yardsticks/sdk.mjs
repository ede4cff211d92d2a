// The official SDK's webhook handler on bare Node: checks the signature, parses the body, answers 200, keeps nothing.
// Arguments: the shop's API URL, its key set as JSON, and the port.
import { createServer } from "node:http";
import { SaleorAsyncWebhook } from "@saleor/app-sdk/handlers/next";

const [saleorApiUrl, jwks, port] = process.argv.slice(2);
const authData = { saleorApiUrl, jwks, token: "token", appId: "QXBwOjE=" };
const apl = {
  get: async (url) => (url === saleorApiUrl ? authData : undefined),
  set: async () => {},
  delete: async () => {},
  getAll: async () => [authData],
};
const webhook = new SaleorAsyncWebhook({
  name: "Order updated",
  webhookPath: "api/webhooks/saleor",
  event: "ORDER_UPDATED",
  apl,
  query: "subscription { event { ... on OrderUpdated { order { id } } } }",
});
const handle = webhook.createHandler((_request, response, context) => {
  if (!context.payload.order.id) throw new Error("no order");
  return response.status(200).json({ message: "ok" });
});

// the two methods of Next's response that the handler uses
function asNext(response) {
  response.status = (code) => {
    response.statusCode = code;
    return response;
  };
  response.json = (body) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(body));
  };
  response.send = (body) => response.end(String(body));
  return response;
}

createServer((request, response) => {
  if (request.method === "GET") return response.end("ready");
  return handle(request, asNext(response));
}).listen(Number(port), "127.0.0.1");
