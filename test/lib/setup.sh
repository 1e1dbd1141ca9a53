# shellcheck shell=bash
# setup.sh - what test/demo and test/all share; source it.
#
# Nothing outside one private directory under /tmp is written, but for missing
# Debian packages. PostgreSQL finds its parts relative to its programs, so a
# tree of links to the installed files, with copies of the programs, is a
# server of its own into which `make install` can go without root and without
# touching the extension that an existing server may be using.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
own_pg_config=${PG_CONFIG:-} # set: that PostgreSQL is used, and none is installed
PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

# Settings of the caller's own server must not reach ours.
while read -r variable; do
	[[ $variable == PG_CONFIG ]] || unset "$variable"
done < <(compgen -e PG || true)
unset MAKEFLAGS MAKELEVEL

die()
{
	echo "$0: $*" >&2
	exit 1
}

as_root()
{
	if [[ $EUID == 0 ]]; then
		"$@"
	else
		sudo "$@" # asks on the terminal, whatever its input and output
	fi
}

# Runs a command with its output in a file; shows the end of that only when it fails.
quietly() # what command...
{
	local what=$1 log=$work/log
	shift
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 40 "$log" >&2
		die "failed: $what (the end of its output is above)"
	fi
}

# Debian's packages: those of PostgreSQL unless the caller named one, and those asked for.
install_packages() # package...
{
	local package missing=()
	[[ -n $own_pg_config ]] || set -- postgresql-15 postgresql-server-dev-15 "$@"
	if ! command -v dpkg-query >/dev/null; then
		echo "Not Debian: assuming that these are here: $*"
		return
	fi
	for package in "$@"; do
		[[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *' installed' ]] ||
			missing+=("$package")
	done
	[[ ${#missing[@]} -gt 0 ]] || return 0
	as_root true 2>/dev/null ||
		die "these packages are missing and only root can add them: apt-get install ${missing[*]}"
	echo "Installing Debian packages: ${missing[*]}"
	# One broken source of packages must not stand in the way of the others.
	as_root apt-get -q update >"$work/log" 2>&1 </dev/null ||
		echo "apt-get update complains: $(grep '^E:' "$work/log" | head -n 1)"
	without_main_cluster quietly "apt-get install ${missing[*]}" as_root \
		env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}"
}

# Debian creates and starts a server when postgresql-15 comes; nobody asked for one.
without_main_cluster() # command...
(
	directory=/etc/postgresql-common/createcluster.d
	trap 'as_root rm -f "$directory/zz-customer_profile.conf"
		as_root rmdir --ignore-fail-on-non-empty "$directory"' EXIT
	as_root mkdir -p "$directory"
	echo 'create_main_cluster = false' |
		as_root tee "$directory/zz-customer_profile.conf" >/dev/null
	"$@"
)

# A private directory $work, the home of everything that runs from here on. It is directly
# under /tmp because a socket's path is at most 107 bytes, and TMPDIR may be root's alone.
make_work_directory() # name
{
	work=$(mktemp -d "/tmp/$1.XXXXXX")
	mkdir "$work/tmp"
	export HOME=$work TMPDIR=$work/tmp
	cd "$work" || exit
}

# The unprivileged user who builds and serves: the caller, or postgres when that is root.
choose_server_user()
{
	as_server=()
	server_user=$(id -un)
	[[ $EUID == 0 ]] || return 0
	server_user=nobody
	! getent passwd postgres >/dev/null || server_user=postgres
	as_server=(runuser -u "$server_user" --)
}

# The PostgreSQL of $PG_CONFIG as a tree of our own; sets $pg_config and $bindir.
make_private_postgres()
{
	local system directory
	system=$(command -v "$PG_CONFIG") || die "there is no $PG_CONFIG; PG_CONFIG names another"
	chown -R "$server_user" "$work"
	for directory in bindir sharedir pkglibdir pkgincludedir includedir-server; do
		directory=$("$system" --$directory)
		[[ ! -e $work/pg$directory ]] || continue
		"${as_server[@]}" mkdir -p "$(dirname "$work/pg$directory")"
		"${as_server[@]}" cp -as "$directory" "$work/pg$directory"
	done
	bindir=$work/pg$("$system" --bindir)
	pg_config=$bindir/pg_config
	# A program that is a link would find its parts beside what it points to.
	"${as_server[@]}" cp -rL --remove-destination "$("$system" --bindir)/." "$bindir"
}

# A copy of the sources that the server's user may write, as new from the repository.
copy_sources() # directory
{
	mkdir "$1"
	tar -C "$repository" --exclude=./.git -cf - . | tar -C "$1" --no-same-owner -xf -
	chown -R "$server_user" "$1"
	"${as_server[@]}" make -s -C "$1" PG_CONFIG="$pg_config" clean >/dev/null
}

# A server on a socket in $work/server, which only its user (and root) can reach.
start_server()
{
	local data=$work/server/data
	"${as_server[@]}" mkdir "$work/server"
	"${as_server[@]}" "$bindir/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C --no-sync
	"${as_server[@]}" tee -a "$data/postgresql.conf" >/dev/null <<-END
		listen_addresses = ''
		unix_socket_directories = '$work/server'
		fsync = off
		shared_buffers = 128MB
	END
	# The port only names the socket: nothing listens on TCP, so it is always free.
	"${as_server[@]}" "$bindir/pg_ctl" -D "$data" -l "$work/server/log" -o '-p 5432' -w start
}

# All of it for those who only want to use the extension: built, installed, and a server with
# an empty database 'shop'. Sets $psql, a command that connects to it.
serve_extension()
{
	local make
	make_private_postgres
	echo "Building customer_profile for $("$pg_config" --version)" >&2
	quietly 'copying the sources' copy_sources "$work/source"
	# JIT bitcode would need clang and is no use here.
	make=("${as_server[@]}" make -s -C "$work/source" PG_CONFIG="$pg_config" with_llvm=no)
	quietly 'make' "${make[@]}" "-j$(nproc)"
	quietly 'make install' "${make[@]}" install
	quietly 'starting a private server' start_server
	psql=("${as_server[@]}" "$bindir/psql" -X -q -v ON_ERROR_STOP=1 -v data="$work/source/test/data"
		-h "$work/server" -p 5432 -U postgres -d shop)
	quietly 'creating a database' "${psql[@]}" -d postgres -c 'CREATE DATABASE shop'
}

# Stops every server whose data lies in a directory of ours, and removes the directory.
remove_work_directory() # directory
{
	local file pid seconds
	while read -r file; do
		pid=$(head -n 1 "$file")
		for ((seconds = 0; seconds < 20; seconds++)); do
			# A postmaster runs in its data directory; anything else with this id is not ours.
			[[ $(readlink "/proc/$pid/cwd") == "$1"/* ]] || break
			kill -s "$([[ $seconds -lt 10 ]] && echo INT || echo QUIT)" "$pid" || true
			sleep 0.5
		done
	done < <(find "$1" -name postmaster.pid)
	cd /
	rm -rf "$1"
}
