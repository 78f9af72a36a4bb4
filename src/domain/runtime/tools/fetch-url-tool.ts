import { z } from "zod";
import type { Tool } from "../tool.ts";

const input = z.object({
  url: z.string().max(2_000).describe("An http or https URL"),
  method: z.enum(["GET", "POST"]).default("GET"),
  body: z.string().max(10_000).optional().describe("JSON, for POST"),
});

export const fetchUrlTool: Tool<z.output<typeof input>> = {
  name: "fetch_url",
  description: "Reads a page of the public web as text.",
  capability: "web.fetch",
  input,
  // Whoever sends something out may send out what it has read.
  needsApproval: ({ method }) => method === "POST",
  work: {
    kind: "reads",
    async run({ fetchPage, signal }, { url, method, body }) {
      const page = await fetchPage({ url, method, body, signal });
      const note = page.cut ? " (only the beginning)" : "";
      return `${page.status} ${page.contentType} ${page.url}${note}\n\n${page.text}`;
    },
  },
};
