package dev.litebert.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The help of the command, and its usage lines. */
final class Help {
  private static final int WIDTH = 79;
  private static final int INDENT = 24;
  private static final String NAME = "litebert-java";
  private static final String EXAMPLES =
      "examples:\n"
          + "  litebert-java student.litebert \"a gripping film .\"\n"
          + "  litebert-java student.litebert --json < reviews.txt\n"
          + "  litebert-java student.litebert --speed 0.2 \"a gripping film .\"\n"
          + "  litebert-java student.litebert --pair $'one half\\tthe other'\n"
          + "  printf '%s\\n' '\"two\\nlines\"' | litebert-java student.litebert --stdin-json\n"
          + "  litebert-java student.litebert --backend onnxruntime --ids \"a gripping film .\"\n\n"
          + "exit code: 0; 1 for an error, with one line on stderr; 2 for wrong usage\n";

  private Help() {}

  /** The usage lines. */
  static String usage(List<Flag> plain, List<Flag> exits) {
    List<String> parts = new ArrayList<>();
    for (Flag each : plain) {
      parts.add("[" + each.shown() + "]");
    }
    for (Flag each : exits) {
      parts.add("[" + each.shown() + "]");
    }
    parts.add("FOLDER");
    parts.add("[TEXT ...]");
    StringBuilder shown = new StringBuilder();
    String head = "usage: " + NAME + " ";
    wrap(shown, head, parts, head.length());
    return shown.toString();
  }

  /** The whole help. */
  static String all(List<Flag> plain, List<Flag> exits) {
    StringBuilder shown = new StringBuilder(usage(plain, exits));
    shown.append(
        "\nAnswers texts with an artifact of litebert-export, one line each, as litebert run does:"
            + "\nthe label, its probability, and the layer that answered.\n\n");
    entry(shown, "FOLDER", "folder written by litebert-export");
    entry(
        shown,
        "TEXT",
        "texts to answer; without any, each line of stdin (UTF-8) is a text, blank lines too");
    shown.append('\n');
    for (Flag each : plain) {
      entry(shown, each.shown(), each.help());
    }
    shown.append(
        "\nearly exits, for students that have them (without these options all layers run):\n");
    for (Flag each : exits) {
      entry(shown, each.shown(), each.help());
    }
    return shown.append('\n').append(EXAMPLES).toString();
  }

  private static void entry(StringBuilder shown, String name, String help) {
    StringBuilder head = new StringBuilder("  " + name + " ");
    if (head.length() > INDENT) {
      shown.append(head, 0, head.length() - 1).append('\n');
      head.setLength(0);
    }
    while (head.length() < INDENT) {
      head.append(' ');
    }
    wrap(shown, head.toString(), Arrays.asList(help.split(" ")), INDENT);
  }

  private static void wrap(StringBuilder shown, String head, List<String> words, int indent) {
    StringBuilder line = new StringBuilder(head);
    boolean isEmpty = true;
    for (String word : words) {
      if (!isEmpty && line.length() + 1 + word.length() > WIDTH) {
        shown.append(line).append('\n');
        line.setLength(0);
        for (int i = 0; i < indent; i++) {
          line.append(' ');
        }
        isEmpty = true;
      }
      line.append(isEmpty ? "" : " ").append(word);
      isEmpty = false;
    }
    shown.append(line).append('\n');
  }
}
