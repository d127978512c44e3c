/** What the outputs of a network mean: a class and a line of {@code Tasks} for each task. */
package dev.litebert.task;
