# syntax=docker/dockerfile:1

# SQLite's binary is an optional package per platform; the one for glibc is what the tests run on, hence Debian.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && rm dist/.tsbuildinfo

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Anchor" \
      org.opencontainers.image.description="Rollback and custom domains for Next.js sites on Lambda and CloudFront" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
# CLOUD=aws: an image that nobody has configured refuses to start, instead of serving a demo to the network.
ENV NODE_ENV=production \
    CLOUD=aws \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
# The only place that is written to, and only with STORE=sqlite or CLOUD=local.
RUN install -d -o node -g node /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
