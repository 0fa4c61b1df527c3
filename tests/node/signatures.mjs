// The signatures of a webhook, verified in three ways: the package, and each of the two kinds in a few plain lines.
import { createHmac, timingSafeEqual } from "node:crypto";
import { Webhook } from "standardwebhooks";

const isSame = (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

export function isGenuine(body, headers, secret) {
  const expected = createHmac("sha256", secret).update(body).digest("hex");
  return isSame(expected, headers["x-futurone-signature"]);
}

export function isGenuineAndNew(body, headers, secret, now = Date.now() / 1000) {
  if (Math.abs(now - Number(headers["webhook-timestamp"])) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`).update(body);
  const expected = "v1," + signed.digest("base64");
  return headers["webhook-signature"].split(" ").some((one) => isSame(expected, one));
}

export function isTakenByThePackage(body, headers, secret) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

export const verdict = (body, headers, secret) => ({
  hex: isGenuine(body, headers, secret),
  standard: isGenuineAndNew(body, headers, secret),
  package: isTakenByThePackage(body, headers, secret),
});
