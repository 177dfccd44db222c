# For tests and the compose lab: one validator host, that is a fake validator and the real agent in one container. With it comes the
# fault proxy, which makes a container of this image a bad network between others.
# deploy/docker/node/node tells how it is laid out and how to stop and start its parts.
# Build it with deploy/docker/build-images.sh, which publishes the programs first.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
FROM ${BASE_IMAGE}
COPY artifacts/images/failover-testnode/fake-validator/ /opt/fake-validator/
COPY artifacts/images/failover-testnode/fault-proxy/ /opt/fault-proxy/
COPY artifacts/images/failover-testnode/failover-agent/ /opt/failover-agent/
COPY deploy/docker/node/ /usr/local/bin/
RUN chmod 755 /usr/local/bin/node \
    && mkdir -p /etc/failover /var/lib/node /var/lib/failover && chown 1000:1000 /var/lib/node /var/lib/failover \
    && ln -s /opt/fake-validator/fake-validator /usr/local/bin/fake-validator \
    && ln -s /opt/fault-proxy/fault-proxy /usr/local/bin/fault-proxy \
    && ln -s /opt/failover-agent/failover-agent /usr/local/bin/failover-agent
ENV DOTNET_EnableDiagnostics=0
USER 1000:1000
WORKDIR /var/lib/node
ENTRYPOINT ["/usr/local/bin/node", "run"]
