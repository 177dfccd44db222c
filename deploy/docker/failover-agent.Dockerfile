# The agent that runs beside a validator. Build it with deploy/docker/build-images.sh, which publishes the program first.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
FROM ${BASE_IMAGE}
COPY artifacts/images/failover-agent/app/ /opt/failover-agent/
# Folders that a volume is mounted on take their owner from the image.
RUN mkdir -p /etc/failover /var/lib/failover && chown 1000:1000 /var/lib/failover \
    && ln -s /opt/failover-agent/failover-agent /usr/local/bin/failover-agent
ENV DOTNET_EnableDiagnostics=0
USER 1000:1000
ENTRYPOINT ["/opt/failover-agent/failover-agent"]
CMD ["--config", "/etc/failover/agent.toml"]
