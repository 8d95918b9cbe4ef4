# updown by itself: to run in a pipeline, or to put a project's migrations on (docs/containers.md).
ARG NODE=22

FROM node:${NODE}-alpine AS package
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN mkdir /package && npm pack --silent --pack-destination /package

FROM node:${NODE}-alpine
COPY --from=package /package/updown-*.tgz /tmp/
# Packages that only the embedded database and a review's page need are left out; npm does that only without --global.
RUN npm install --prefix /opt/updown --omit=optional --ignore-scripts /tmp/updown-*.tgz \
  && npm cache clean --force && rm -rf /tmp/updown-*.tgz
ENV PATH="/opt/updown/node_modules/.bin:$PATH"
WORKDIR /project
USER node
ENTRYPOINT ["updown"]
CMD ["--help"]
