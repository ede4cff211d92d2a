// A gateway before Saleor's API and ours, as a shop would run it. Arguments: the two schemas' files, the two addresses.
// Says its own address on the standard output once it serves, and ends with the standard input.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { composeServices } from "@apollo/composition";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { parse } from "graphql";

process.env.APOLLO_TELEMETRY_DISABLED = "true"; // it would tell its maker how it is used

const PASSED_ON = ["authorization", "saleor-api-url"];
const [saleorFile, oursFile, saleorUrl, oursUrl] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };

const composed = composeServices(
  [
    { name: "saleor", url: saleorUrl, file: saleorFile },
    { name: "loyalty", url: oursUrl, file: oursFile },
  ].map(({ name, url, file }) => ({ name, url, typeDefs: parse(readFileSync(file, "utf8"), { noLocation: true }) })),
);
if (composed.errors) throw composed.errors[0];

class PassingOn extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    for (const name of PASSED_ON) {
      if (context.headers?.[name]) request.http.headers.set(name, context.headers[name]);
    }
  }
}

const gateway = new ApolloGateway({ supergraphSdl: composed.supergraphSdl, buildService: ({ url }) => new PassingOn({ url }), logger: quiet });
const { schema, executor } = await gateway.load();

async function answer(headers, { query, variables }) {
  const document = parse(query);
  const operationName = null;
  return executor({ schema, document, operationName, queryHash: query, request: { query, variables }, context: { headers }, logger: quiet, metrics: {}, cache: new Map() });
}

const server = createServer(async (request, response) => {
  const parts = await collected(request);
  const body = await answer(request.headers, JSON.parse(Buffer.concat(parts).toString()));
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ data: body.data, errors: body.errors }));
});

async function collected(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
process.stdin.resume().on("end", () => process.exit());
