package dev.litebert.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.util.Arrays;

/** Starts the command. */
public final class Main {
  /** The property by which the script says that stdin is a terminal. */
  private static final String TERMINAL = "litebert.terminal";

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] given) {
    // System.in, out and err take the locale's encoding, and out hides a reader that went away.
    Console console =
        new Console(
            new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err));
    Command command =
        new Command(new FileInputStream(FileDescriptor.in), console, Boolean.getBoolean(TERMINAL));
    System.exit(command.run(Arrays.asList(given)));
  }
}
