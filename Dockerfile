# The bridge as a container. What it needs is put in when the image is built; nothing is downloaded when it runs.
# compose.yaml runs it together with PostgreSQL and Synapse. test/architecture/image.test.ts does without Docker what is
# written here: it takes the steps from this file.

# The version that package.json pins for everywhere else.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without install scripts: one would fetch a second Node, the other make the client, which the next step does.
RUN npm ci --omit=dev --ignore-scripts
COPY scripts/generate.mjs scripts/ensure-installed.mjs ./scripts/
COPY prisma.config.ts ./
COPY prisma ./prisma
RUN node scripts/generate.mjs
# It has made the client; nothing needs it any more.
RUN npm uninstall --no-save --ignore-scripts --omit=dev prisma

FROM node:${NODE_VERSION}-bookworm-slim
# /data is the bridge's own. compose.yaml keeps the files of its Synapse in /synapse.
RUN install -d -o node -g node -m 0700 /data /synapse && ln -s /app/src/cli/bin.mjs /usr/local/bin/microdao
COPY --from=build /app/node_modules /app/node_modules
COPY package.json /app/
COPY prisma /app/prisma
COPY docker /app/docker
COPY src /app/src
COPY --from=build /app/src/db/generated /app/src/db/generated
# Where config.yaml and .env are looked for, too.
WORKDIR /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=9009 DATA_DIR=/data NODE_COMPILE_CACHE=/data/cache/compiled
USER node
VOLUME /data
EXPOSE 9009
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "/app/docker/healthcheck.mjs"]
ENTRYPOINT ["node", "--disable-warning=DEP0060", "/app/src/cli/main.ts"]
CMD ["serve"]
