# Sluice in a container:
#
#   docker build -t sluice .
#   docker run -d --name sluice -v sluice:/var/lib/sluice -p 127.0.0.1:8470:8470 sluice
#   docker exec sluice cat /var/lib/sluice/admin.token
#
# Inside it listens without TLS at all addresses: publish the port to this machine alone, as above, or mount a certificate
# and give the options of CMD with --tls-cert and --tls-key in place of --insecure-listen. `docker stop --time 30` leaves
# time to drain.

FROM debian:12-slim AS build
# the release names the versions
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
    cmake ninja-build gcc libc6-dev pkg-config \
    libwebsockets-dev libssl-dev libyaml-dev libjansson-dev zlib1g-dev libdeflate-dev libisal-dev \
    libcurl4-openssl-dev libsqlite3-dev libmicrohttpd-dev \
    nodejs npm \
    dpkg-dev file \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN npm --prefix webui ci --no-audit --no-fund --ignore-scripts \
    && cmake --preset release -DBUILD_TESTING=OFF \
    && cmake --build --preset release \
    && cpack -G DEB -B /package --config build/release/CPackConfig.cmake

FROM debian:12-slim
COPY --from=build /package/*.deb /tmp/
# a number of its own, for volumes and for whoever asks that it is not 0
# hadolint ignore=DL3008
RUN groupadd --system --gid 8470 sluice \
    && useradd --system --uid 8470 --gid sluice --home-dir /var/lib/sluice --no-create-home --shell /usr/sbin/nologin sluice \
    && apt-get update && apt-get install -y --no-install-recommends /tmp/*.deb ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* /tmp/*.deb
USER 8470:8470
VOLUME /var/lib/sluice
EXPOSE 8470
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["curl", "-fsS", "--unix-socket", "/var/lib/sluice/sluiced.sock", "http://localhost/livez"]
ENTRYPOINT ["sluiced"]
CMD ["serve", "--data-dir", "/var/lib/sluice", "--listen", "0.0.0.0:8470", "--insecure-listen"]
