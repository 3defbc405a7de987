// A certified provider of OpenID Connect (`oidc-provider`), with its own pages for signing in and out.

import { once } from "node:events";
import { createServer } from "node:http";

/** The client that it knows. */
export const CLIENT = { id: "xinji", secret: "a-secret-of-two-3e9f" };

/** Whom it knows, by what they type as their login; any password will do. */
const PEOPLE = {
  "officer-7": { groups: ["staff", "customs-officers"], preferred_username: "li.na", name: "李娜" },
  "guest-1": { groups: ["guests"], preferred_username: "guest", name: "访客" },
};

/**
 * Starts it. It is reached as `localhost`, and the service as `127.0.0.1`: for a browser these are two sites.
 * Answers its issuer, what it was asked for, and how to end it.
 */
export async function startProvider({ redirect, afterSignOut }) {
  // The package greets on standard error, also about its pages, which are for tests.
  const warn = console.warn;
  console.warn = () => {};
  const { default: Provider } = await import("oidc-provider");
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      redirect_uris: [redirect],
      post_logout_redirect_uris: [afterSignOut],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    }],
    pkce: { required: () => true },
    scopes: ["openid"],
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
    // Claims of scopes stand in the ID token, as the rules need them there.
    conformIdTokenClaims: false,
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    cookies: { keys: ["of the tests alone"] },
    findAccount: (_, id) => PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) },
  });
  console.warn = warn;
  const asked = [];
  const answer = provider.callback();
  server.on("request", (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  const end = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { issuer, asked, end };
}
