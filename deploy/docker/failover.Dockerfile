# The coordinator's command line: docker run ... failover/failover:local handoff --to tokyo
# Build it with deploy/docker/build-images.sh, which publishes the program first.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
FROM ${BASE_IMAGE}
COPY artifacts/images/failover/app/ /opt/failover/
RUN mkdir -p /etc/failover /var/lib/failover && chown 1000:1000 /var/lib/failover \
    && ln -s /opt/failover/failover /usr/local/bin/failover
ENV DOTNET_EnableDiagnostics=0 HOME=/var/lib/failover
USER 1000:1000
WORKDIR /var/lib/failover
ENTRYPOINT ["/opt/failover/failover"]
CMD ["--help"]
