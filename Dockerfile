# All roles in one image: docker run cess node --config /data/node.json, likewise provider, tee and gateway; docs/operations/container.md.
FROM node:20-bookworm-slim AS build
WORKDIR /cess
COPY . .
RUN node scripts/build.mjs --products
# It starts, or the image is not built.
RUN node interface/cli/bin/cess.mjs --version

FROM node:20-bookworm-slim
ENV NODE_ENV=production CESS_HOME=/data
COPY --from=build --chown=root:root /cess /cess
RUN ln -s /cess/interface/cli/bin/cess.mjs /usr/local/bin/cess && mkdir /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
ENTRYPOINT ["cess"]
CMD ["--help"]
