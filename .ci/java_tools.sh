#!/usr/bin/env bash
# Says in one line which programs of the Java build are missing here, and their Debian packages.
set -euo pipefail
missing=()
version=$("${JAVA_HOME:+$JAVA_HOME/bin/}javac" -version 2>&1) || version=
[[ $version =~ ^javac\ ([0-9]+) && ${BASH_REMATCH[1]} -ge 17 ]] ||
  missing+=("JDK 17 or newer (openjdk-17-jdk-headless)")
command -v mvn >/dev/null || missing+=("Maven (maven)")
for package in "$@"; do # PROGRAM=PACKAGE
  command -v "${package%%=*}" >/dev/null || missing+=("${package%%=*} (${package#*=})")
done
[[ ${#missing[@]} -eq 0 ]] || {
  printf -v list ", %s" "${missing[@]}"
  echo "missing here (and its Debian package): ${list:2}" >&2
  exit 1
}
