# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/npm-cache npm ci --cache /npm-cache --no-fund --no-audit
RUN npm run build:wasm && npx tsc -b server
# Run-time dependencies only, and no sources: without them `forage` does not look for changes when it starts.
RUN npm prune --omit=dev --no-fund --no-audit \
  && rm -rf packages/*/src packages/*/assembly server/src simulations/src \
  && find packages server simulations -name '*.tsbuildinfo' -delete

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 FORAGE_DATA=/data
WORKDIR /app
COPY --from=build /app .
RUN ln -s /app/server/bin/forage.js /usr/local/bin/forage && install -d -o node -g node /data
USER node
# The log and store of a server on its own; of a serving replica the spool. One process each: do not share it.
VOLUME /data
EXPOSE 8080
# `forage` installs handlers for SIGTERM and waits for its own children, so it can be process 1 without an init.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/server/bin/forage.js"]
CMD ["serve"]
