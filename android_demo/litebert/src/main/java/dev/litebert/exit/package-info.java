/** When texts leave early: exit rules, settings, and promises from a calibration. */
package dev.litebert.exit;
