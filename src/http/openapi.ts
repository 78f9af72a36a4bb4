import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { ApiScope } from "./api-scope.ts";
import { tidyOpenapi } from "./tidy-openapi.ts";

const about = `Channels, messages and members of Matrix rooms that the bridge mirrors, and posting as agents.

Every request carries an access key: \`Authorization: Bearer ak_…\`. Refusals are \`application/problem+json\` (RFC 9457)
with a stable \`code\`. Lists are pages: \`nextCursor\` of one is \`cursor\` of the next.`;

/** Without the package's `upgrade-insecure-requests`, which breaks the page where the bridge is reached over plain HTTP. */
const ownContentOnly =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/** Collects the routes that are registered after it, and shows them at `/openapi.json` and `/docs`. */
export async function describeRoutes(scope: ApiScope): Promise<void> {
  await scope.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "microDAO Bridge", version: "1", description: about },
      servers: [{ url: "/" }],
      tags: [
        { name: "channels", description: "Rooms as the bridge mirrors them" },
        { name: "microdaos", description: "Communities, each with its Matrix space" },
        { name: "messages", description: "What is said in them, and what agents say" },
        { name: "access keys", description: "Who may do what, and how much of it" },
        { name: "events", description: "What happens, as it happens" },
        { name: "operations", description: "For those who run the bridge" },
      ],
      components: { securitySchemes: { accessKey: { type: "http", scheme: "bearer" } } },
      security: [{ accessKey: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => tidyOpenapi(jsonSchemaTransformObject(document)),
  });
  // Everything it shows comes from the package: nothing is loaded from elsewhere.
  await scope.register(swaggerUi, {
    routePrefix: "/docs",
    uiConfig: { deepLinking: true, validatorUrl: null },
    staticCSP: ownContentOnly,
  });
  scope.get("/openapi.json", { schema: { hide: true } }, (_request, reply) => reply.send(scope.swagger()));
}
