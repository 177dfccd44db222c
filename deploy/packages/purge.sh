# Certificates and the keys to them are the packages' own; what is not PEM, and the authority's key, is somebody else's.
remove_certificates() {
    for file in /etc/failover/tls/*.crt /etc/failover/tls/*.key; do
        if [ "${file##*/}" != ca.key ] && [ -f "$file" ] && head -n 1 "$file" | grep -q -e '^-----BEGIN'; then rm -f "$file"; fi
    done
    if [ -d /etc/failover/tls ]; then rmdir --ignore-fail-on-non-empty /etc/failover/tls; fi
}

tell_what_is_left() {
    left=$(find /etc/failover /var/lib/failover ! -type d 2>/dev/null || true)
    if [ -n "$left" ]; then
        echo "$1: left in place, since it may be the validator's:" >&2
        echo "$left" >&2
    fi
}
