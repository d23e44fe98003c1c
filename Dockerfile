# syntax=docker/dockerfile:1
# Kith in a container: docs/installing.md.

# The packages that Kith runs on, and nothing that it is tested with.
FROM node:24-bookworm-slim AS packages
WORKDIR /kith
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund --loglevel=error

# The community's front for browsers, of the official UI: its packages stay behind in this stage.
FROM node:24-bookworm-slim AS front
WORKDIR /kith
COPY web ./web
RUN node web/build.mjs

FROM node:24-bookworm-slim AS kith
WORKDIR /kith
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 KITH_DATA_DIR=/data
COPY --from=packages /kith/node_modules ./node_modules
COPY package.json package-lock.json README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE ./
COPY bin ./bin
COPY runtime/package.json runtime/package-lock.json ./runtime/
COPY migrations ./migrations
COPY console ./console
COPY deploy ./deploy
COPY docs ./docs
COPY examples ./examples
COPY src ./src
# Put together and compiled once, so that starts need to write nothing here.
RUN node bin/kith.mjs --help && node console/build.ts
# Whoever runs Kith owns the data, and nothing of the program.
RUN ln -s /kith/bin/kith.mjs /usr/local/bin/kith && install -d -o node -g node -m 700 /data
COPY --from=front /kith/web/built ./web/built
USER node
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=10m --start-interval=2s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=4", "/kith/bin/kith.mjs"]
CMD ["serve"]
