import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";

const heading = "// Made from docs/openapi.json by `node scripts/openapi.ts`. Do not change it by hand.\n\n";

/** The types that the client is made of, from the description of the API. */
export async function renderClientTypes(description: object): Promise<string> {
  return (
    heading +
    astToString(await openapiTS(structuredClone(description) as OpenAPI3, { defaultNonNullable: false }))
  );
}
