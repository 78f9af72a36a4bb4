#!/bin/sh
# Puts PostgreSQL, its headers and pgvector on a Debian machine. Safe to repeat; does nothing when all is there.
set -eu

pgvector_version=0.8.0
pgvector_sha256=867a2c328d4928a5a9d6f052cd3bc78c7d60228a9b914ad32aa3db88e9de27b0
pgvector_url="http://deb.debian.org/debian/pool/main/p/pgvector/pgvector_${pgvector_version}.orig.tar.gz"

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# The newest PostgreSQL whose server is here, as the directory of its programs.
find_postgres() {
  for postgres in $(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sort -t/ -k5 -n -r); do
    dirname "$postgres"
    return
  done
}

install_packages() {
  as_root apt-get update -q || echo "apt-get update had errors; going on with what is known"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# Debian starts a cluster of its own on installation. Nobody uses it: the tests make theirs.
if [ -z "$(find_postgres)" ]; then
  as_root mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    echo "create_main_cluster = false" | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  install_packages postgresql
fi

bin=$(find_postgres)
major=$(basename "$(dirname "$bin")")
vector="$("$bin/pg_config" --sharedir 2>/dev/null || echo "/usr/share/postgresql/$major")/extension/vector.control"
if [ ! -e "$vector" ]; then
  install_packages "postgresql-server-dev-$major" build-essential ca-certificates
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
  # apt's own downloader: it is there wherever apt is, uses its proxy, and checks the sum.
  (cd "$build" && /usr/lib/apt/apt-helper download-file "$pgvector_url" "$build/pgvector.tar.gz" "SHA256:$pgvector_sha256")
  tar -xzf "$build/pgvector.tar.gz" -C "$build" --strip-components=1
  # No instructions of this very processor: the result may be kept and used on another one.
  make -s -C "$build" PG_CONFIG="$bin/pg_config" OPTFLAGS=""
  as_root make -s -C "$build" PG_CONFIG="$bin/pg_config" OPTFLAGS="" install
fi

echo "PostgreSQL $major with pgvector is in $bin"
