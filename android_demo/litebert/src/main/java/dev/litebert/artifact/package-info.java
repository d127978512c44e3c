/** The artifact: a folder whose every fact and byte was checked, as ARTIFACT.md specifies it. */
package dev.litebert.artifact;
