#!/usr/bin/env bash
# fetch_debian.sh FOLDER PACKAGE...   unpacks arm64 packages of Debian 12, with what they depend on, in a folder.
# They come from the Debian mirror that this machine's apt uses; apt's own state stays as it is.
set -euo pipefail
folder=$1
shift
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 '/debian/\?$') ||
  { echo "apt here knows no Debian mirror, expected one for its arm64 packages" >&2; exit 1; }
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$folder" "$state/lists/partial" "$state/archives/partial"
: > "$state/status"
echo "deb [arch=arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" > "$state/sources"
options=(-qq -o "Dir::Etc::sourcelist=$state/sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$state/lists"
  -o "Dir::State::status=$state/status" -o "Dir::Cache=$state" -o "Dir::Cache::archives=$state/archives"
  -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Install-Recommends=false -o APT::Sandbox::User=)
apt-get "${options[@]}" update --error-on=any
apt-get "${options[@]}" --yes --download-only install "$@" > "$state/log"
for package in "$state"/archives/*.deb; do dpkg-deb --extract "$package" "$folder"; done
# Absolute links, such as Java's to its configuration, lead into the folder and not into this machine's.
find "$folder" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
  ln --symbolic --relative --force --no-dereference "$folder$(readlink "$link")" "$link"
done
