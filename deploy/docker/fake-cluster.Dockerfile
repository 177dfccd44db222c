# For tests and the compose lab: the cluster that the fake validators vote on.
# Build it with deploy/docker/build-images.sh, which publishes the program first.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
FROM ${BASE_IMAGE}
COPY artifacts/images/fake-cluster/app/ /opt/fake-cluster/
RUN ln -s /opt/fake-cluster/fake-cluster /usr/local/bin/fake-cluster
ENV DOTNET_EnableDiagnostics=0
USER 1000:1000
ENTRYPOINT ["/opt/fake-cluster/fake-cluster"]
CMD ["--listen", "0.0.0.0:9000"]
