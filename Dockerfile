# docker build -t flagsmith-webhookd .
# docker run -p 8443:8443 -v events:/var/lib/flagsmith-webhookd -v ./config:/etc/flagsmith-webhookd:ro flagsmith-webhookd
FROM debian:12-slim AS build
WORKDIR /src
COPY dev ./
RUN ./dev setup build
COPY . .
RUN cmake -S . -B build -G Ninja -DWEBHOOKD_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr \
 && ninja -C build \
 && DESTDIR=/out cmake --install build --strip \
 && ./dev runtime-packages /out/usr/bin/flagsmith-webhookd >/out/runtime-packages

FROM debian:12-slim
COPY --from=build /out/runtime-packages /tmp/
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates $(cat /tmp/runtime-packages) \
 && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages \
 && install -d -m 0700 -o 10001 -g 10001 /var/lib/flagsmith-webhookd
COPY --from=build /out/usr/bin/flagsmith-webhookd /usr/bin/
USER 10001:10001
WORKDIR /var/lib/flagsmith-webhookd
VOLUME /var/lib/flagsmith-webhookd
EXPOSE 8443
STOPSIGNAL SIGTERM
# Healthy means: an event that comes in now can be stored.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["flagsmith-webhookd", "health"]
ENTRYPOINT ["flagsmith-webhookd"]
CMD ["serve"]
