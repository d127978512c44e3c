/** An artifact's graphs in any layout, run by an engine until an exit answers. */
package dev.litebert.network;
