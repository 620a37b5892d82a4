// Azure's own client against a management plane: an API by OpenAPI import with a policy, a product, a subscription, a gateway, the association and a
// token. Usage: node azure_client.mjs URL OWNER_TOKEN; prints the gateway's token and a subscription's key. Run where @azure/arm-apimanagement is installed.
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const require = createRequire(process.cwd() + "/");
const { ApiManagementClient } = require("@azure/arm-apimanagement");
const [url, token] = process.argv.slice(2);
const service = ["r", "gatelet"];

const client = new ApiManagementClient({ getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600000 }) },
  "00000000-0000-0000-0000-000000000000", { endpoint: url, allowInsecureConnection: true, retryOptions: { maxRetries: 0 } });
client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
client.pipeline.addPolicy({ name: "owner", sendRequest: (request, next) => { request.headers.set("Authorization", `Bearer ${token}`); return next(request); } });

const document = { openapi: "3.0.1", info: { title: "Pets", version: "1" }, servers: [{ url: "https://pets.test" }],
  paths: { "/pets": { get: { operationId: "listPets", responses: { 200: { description: "all" } } } } } };
const refused = async (call, status, code) => {
  const error = await call.then(() => assert.fail("it was taken"), (reason) => reason);
  assert.equal(error.statusCode, status, error.message);
  if (code) assert.equal(error.code, code);
};
const names = async (pages) => { const out = []; for await (const item of pages) out.push(item.name); return out; };

const api = await client.api.beginCreateOrUpdateAndWait(...service, "pets", { path: "pets", protocols: ["http", "https"], format: "openapi+json", value: JSON.stringify(document) });
assert.equal(api.displayName, "Pets");
assert.deepEqual(await names(client.apiOperation.listByApi(...service, "pets")), ["listpets"]);
await client.namedValue.beginCreateOrUpdateAndWait(...service, "secret", { displayName: "secret", value: "hidden", secret: true });
assert.equal((await client.namedValue.get(...service, "secret")).value, undefined);
assert.equal((await client.namedValue.listValue(...service, "secret")).value, "hidden");
const policy = '<policies><inbound><base /><return-response><set-body>{{secret}}</set-body></return-response></inbound></policies>';
await client.apiPolicy.createOrUpdate(...service, "pets", "policy", { format: "rawxml", value: policy });
assert.equal((await client.apiOperationPolicy.listByOperation(...service, "pets", "listpets")).value.length, 0);
await refused(client.policy.createOrUpdate(...service, "policy", { format: "rawxml", value: "<policies><inbound><wrong/></inbound></policies>" }), 400, "ValidationError");
await client.product.createOrUpdate(...service, "starter", { displayName: "Starter", state: "published" });
await client.productApi.createOrUpdate(...service, "starter", "pets");
await client.productApi.checkEntityExists(...service, "starter", "pets");
await client.subscription.createOrUpdate(...service, "one", { scope: "/products/starter", displayName: "One", state: "active" });
const keys = await client.subscription.listSecrets(...service, "one");
assert.equal(keys.primaryKey.length, 32);
await client.subscription.regeneratePrimaryKey(...service, "one");
assert.notEqual((await client.subscription.listSecrets(...service, "one")).primaryKey, keys.primaryKey);
await client.user.createOrUpdate(...service, "ann", { email: "ann@example.test", firstName: "Ann", lastName: "A" });
await client.group.createOrUpdate(...service, "team", { displayName: "Team" });
await client.groupUser.create(...service, "team", "ann");
await client.backend.createOrUpdate(...service, "pets", { url: "https://pets.test", protocol: "http" });
await client.policyFragment.beginCreateOrUpdateAndWait(...service, "f", { format: "rawxml", value: "<fragment><set-status code=\"200\" /></fragment>" });
await client.apiVersionSet.createOrUpdate(...service, "v", { displayName: "V", versioningScheme: "Segment" });
await client.tag.createOrUpdate(...service, "t", { displayName: "T" });
await client.tag.assignToApi(...service, "pets", "t");
await client.gateway.createOrUpdate(...service, "gw", { locationData: { name: "here" } });
await client.gatewayApi.createOrUpdate(...service, "gw", "pets");
assert.deepEqual(await names(client.gatewayApi.listByService(...service, "gw")), ["pets"]);
const product = await client.product.get(...service, "starter");
await refused(client.product.update(...service, "starter", '"AAAAAAAAAAA="', { displayName: "X" }), 412, "PreconditionFailed");
await client.product.update(...service, "starter", "*", { displayName: product.displayName + "!" });
await refused(client.api.get(...service, "none"), 404, "ResourceNotFound");
for (let i = 0; i < 7; ++i) await client.tag.createOrUpdate(...service, `page${i}`, { displayName: `${i}` });
assert.equal((await names(client.tag.listByService(...service, { top: 3 }))).length, 8);
await client.api.beginCreateOrUpdateAndWait(...service, "pets;rev=2", { path: "pets", sourceApiId: "/apis/pets", apiRevisionDescription: "x" });
await client.apiRelease.createOrUpdate(...service, "pets", "r1", { apiId: "/apis/pets;rev=2", notes: "go" });
assert.equal((await client.api.get(...service, "pets")).apiRevision, "2");
await client.tag.delete(...service, "page0", "*");
await client.gateway.regenerateKey(...service, "gw", { keyType: "secondary" });
const made = await client.gateway.generateToken(...service, "gw", { keyType: "primary", expiry: new Date(Date.now() + 10 * 86400000) });
console.log(made.value);
console.log((await client.subscription.listSecrets(...service, "one")).primaryKey);
