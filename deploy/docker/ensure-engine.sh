#!/usr/bin/env bash
# Leaves a Docker engine behind that answers this user, or fails and says why. Safe to run again and again.
#
#   deploy/docker/ensure-engine.sh
#
# An engine that answers is used as it is. One that is installed is started; only when there is none is the distribution's own
# installed. A second engine is never started beside a running one: it would take the first one's network bridge away.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

log=$logs/engine.log
dockerd_log=/var/log/dockerd.log

ready() { timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
version() { docker version --format '{{.Server.Version}}'; }

# The engine's socket is for root and the group docker.
denied() { [ -S /var/run/docker.sock ] && ! [ -w /var/run/docker.sock ]; }

wait_ready() {
  local tries
  for tries in $(seq 1 300); do
    if ready; then return 0; fi
    # Waiting does not change who may use the socket. (The first second it may still be that of an engine that was.)
    if [ "$tries" -gt 10 ] && denied; then return 1; fi
    sleep 0.1
  done
  return 1
}

# Takes the lock so that two runs at the same time do not both start an engine.
lock=${TMPDIR:-/tmp}/failover-engine.$(id -u).lock
exec 9>"$lock"
flock -w 180 9 || die 'another run has been setting up the Docker engine for three minutes' "look what holds $lock"

start=$(now)
if ready; then
  say "Docker engine: $(version), already running"
  exit 0
fi
if [ -n "${DOCKER_HOST:-}" ]; then
  die "DOCKER_HOST is $DOCKER_HOST, and no engine answers there" 'start that engine, or unset DOCKER_HOST to use one on this machine'
fi

if ! command -v dockerd >/dev/null && ! [ -x /usr/sbin/dockerd ]; then
  say 'Docker engine: none here, installing docker.io of this distribution'
  : >"$log"
  refresh_packages 'install a Docker engine yourself' >>"$log"
  packages=(docker.io iptables iproute2 ca-certificates)
  # Newer releases ship the command apart from the engine, as a mere recommendation.
  if has_package docker-cli; then packages+=(docker-cli); fi
  # Lets a user who is not root be given access to the engine's socket, below.
  if [ "$(id -u)" != 0 ]; then packages+=(acl); fi
  install_packages "$log" "${packages[@]}" || { tail -n 20 "$log" >&2; die 'docker.io could not be installed' 'the lines above are from apt-get; install a Docker engine yourself, then try again'; }
  say "Docker engine: installed in $(took "$start")"
  hash -r
fi

# Read from /proc, because a bare system has no pgrep.
engine_runs() { grep -qx dockerd /proc/[0-9]*/comm 2>/dev/null; }

if engine_runs; then
  # Started a moment ago by its package or by someone else.
  wait_ready || true
elif [ -d /run/systemd/system ]; then
  as_root systemctl start docker >>"$log" 2>&1 || { tail -n 20 "$log" >&2; die 'systemd could not start the Docker engine' 'journalctl -u docker tells more'; }
  wait_ready || true
else
  # No service manager. The engine must outlive this script, its terminal and its process group.
  group=()
  if [ "$(id -u)" != 0 ]; then group=(--group "$(id -gn)"); fi
  # shellcheck disable=SC2016
  as_root sh -c 'log=$1; shift; setsid nohup dockerd "$@" >"$log" 2>&1 </dev/null 9>&- &' start "$dockerd_log" "${group[@]}"
  wait_ready || true
fi

if ! ready && denied; then
  if ! command -v setfacl >/dev/null; then install_packages "$log" acl || true; fi
  if as_root setfacl -m "u:$(id -un):rw" /var/run/docker.sock 2>>"$log" && ready; then
    say "Docker engine: gave $(id -un) access to it until it restarts (to keep it: sudo usermod -aG docker $(id -un))"
  else
    die "the Docker engine runs, but does not answer $(id -un)" "as root: usermod -aG docker $(id -un); log in again, then try again"
  fi
fi
if ! ready; then
  if [ -r "$dockerd_log" ]; then tail -n 10 "$dockerd_log" >&2; fi
  die 'the Docker engine does not answer' "its log tells more: $dockerd_log, or journalctl -u docker"
fi
say "Docker engine: $(version), ready after $(took "$start")"
