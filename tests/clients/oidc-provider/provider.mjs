// A real OpenID provider with three accounts; its pages are the library's own.
// Reads {port, keys, clients} as JSON from standard input and serves until it is ended.
import { readFileSync } from "node:fs";
import { Provider } from "oidc-provider";

const { port, keys, clients } = JSON.parse(readFileSync(0, "utf8"));
const accounts = {
  ada: { email: "Ada@Example.org", email_verified: true, name: "Ada Lovelace", groups: ["/lab"] },
  eve: { email: "ada@example.org", email_verified: false, name: "Eve" },
  bob: { email: "bob@elsewhere.example", email_verified: true, name: "Bob", groups: ["/staff"] },
};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  jwks: { keys },
  cookies: { keys: ["test"] },
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username", "groups"],
  },
  features: { devInteractions: { enabled: true } },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: `id-of-${id}`, preferred_username: id, ...accounts[id] }),
  }),
  ttl: { AccessToken: 600, Grant: 600, IdToken: 1800, Interaction: 600, Session: 600 },
});
// As the large providers do: a window that comes here loses the page that opened it.
provider.use(async (context, next) => {
  await next();
  context.set("Cross-Origin-Opener-Policy", "same-origin");
});
provider.listen(port, "127.0.0.1");
