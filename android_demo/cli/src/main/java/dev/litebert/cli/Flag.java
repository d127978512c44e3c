package dev.litebert.cli;

/** A flag of the command line; a switch, or one with a value. */
final class Flag {
  private final String name;
  private final String metavar;
  private final String help;

  private Flag(String name, String metavar, String help) {
    this.name = name;
    this.metavar = metavar;
    this.help = help;
  }

  /** A flag without a value. */
  static Flag toggle(String name, String help) {
    return new Flag(name, null, help);
  }

  /** A flag with a value, which its help calls {@code metavar}. */
  static Flag valued(String name, String metavar, String help) {
    return new Flag(name, metavar, help);
  }

  /** Its name with the hyphens: {@code --threads}. */
  String name() {
    return name;
  }

  boolean takesValue() {
    return metavar != null;
  }

  String help() {
    return help;
  }

  /** As a usage line shows it: {@code --threads N}. */
  String shown() {
    return metavar == null ? name : name + " " + metavar;
  }
}
