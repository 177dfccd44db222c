# An agent is not taken away in the middle of a handoff: the ending is waited for, and without one dpkg leaves everything as it was.
may_stop() {
    if [ "${FAILOVER_STOP_ANYWAY:-}" = yes ] || ! [ -e /etc/failover/agent.toml ] || ! [ -x /usr/bin/failover-agent ]; then return 0; fi
    code=0
    said=$(/usr/bin/failover-agent may-stop --wait "${FAILOVER_STOP_WAIT:-60s}" 2>&1) || code=$?
    if [ "$code" = 1 ]; then
        echo "$said" >&2
        echo "Then try again. All the same, now: FAILOVER_STOP_ANYWAY=yes in front of the same command; the agent finishes what it can first, and carries on when it starts." >&2
        exit 1
    fi
}
