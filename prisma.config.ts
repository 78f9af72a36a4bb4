import { defineConfig } from "prisma/config";

// Prisma's command line wants its one configuration as a default export.
export default defineConfig({
  schema: "prisma/schema",
  migrations: { path: "prisma/migrations" },
});
