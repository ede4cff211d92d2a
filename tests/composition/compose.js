// Composes subgraphs by Apollo's and by Hive's tool. Reads {"name": {"subgraph": "file.graphql"}} from the standard
// input, writes {"name": {"apollo": {"CODE": "first message"}, "hive": {}}}: no codes where it composes.
import { readFileSync } from "node:fs";
import { composeServices as composeByApollo } from "@apollo/composition";
import { composeServices as composeByHive } from "@theguild/federation-composition";
import { parse } from "graphql";

const tools = { apollo: composeByApollo, hive: composeByHive };
const documents = new Map();

function documentOf(file) {
  if (!documents.has(file)) {
    documents.set(file, parse(readFileSync(file, "utf8"), { noLocation: true }));
  }
  return documents.get(file);
}

function errorsOf(compose, subgraphs) {
  const services = Object.entries(subgraphs).map(([name, file]) => ({
    name,
    url: `https://${name}.example/graphql/`,
    typeDefs: documentOf(file),
  }));
  const errors = {};
  for (const error of compose(services).errors ?? []) {
    errors[error.extensions?.code ?? "ERROR"] ??= error.message;
  }
  return errors;
}

const wanted = JSON.parse(readFileSync(0, "utf8"));
const results = {};
for (const [name, subgraphs] of Object.entries(wanted)) {
  results[name] = {};
  for (const [tool, compose] of Object.entries(tools)) {
    results[name][tool] = errorsOf(compose, subgraphs);
  }
}
console.log(JSON.stringify(results));
