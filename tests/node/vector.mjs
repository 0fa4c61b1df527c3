// The test vector of the guide, on standard input: what plain code says of it, and what the package signs instead.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";
import { isGenuine, isGenuineAndNew } from "./signatures.mjs";

const { secret, body, headers } = JSON.parse(readFileSync(0, "utf-8"));
const at = Number(headers["webhook-timestamp"]);
console.log(
  JSON.stringify({
    hex: isGenuine(body, headers, secret),
    standard: isGenuineAndNew(body, headers, secret, at),
    old: isGenuineAndNew(body, headers, secret, at + 301),
    signed: new Webhook(secret).sign(headers["webhook-id"], new Date(at * 1000), body),
  }),
);
