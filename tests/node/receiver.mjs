// A receiver on loopback: says its port, takes secrets as lines on standard input, and tells what it finds of each request.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { verdict } from "./signatures.mjs";

const secrets = [];
const say = (words) => process.stdout.write(JSON.stringify(words) + "\n");

createInterface({ input: process.stdin })
  .on("line", (secret) => say({ secrets: secrets.push(secret) }))
  .on("close", () => process.exit(0));

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts);
    const changed = Buffer.concat([body, Buffer.from(" ")]);
    response.writeHead(204).end();
    say({
      event: JSON.parse(body),
      genuine: secrets.map((secret) => verdict(body, request.headers, secret)),
      changed: secrets.map((secret) => verdict(changed, request.headers, secret)),
    });
  });
});
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
