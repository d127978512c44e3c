/**
 * The door: {@link dev.litebert.LiteBert} opens an artifact as a {@link dev.litebert.Model}, which
 * answers texts.
 */
package dev.litebert;
