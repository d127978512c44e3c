package dev.litebert.checks;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** The class path of this test: what Maven gives an app. */
final class Jars {
  private Jars() {}

  /** The jars whose names begin with one of some names. */
  static List<Path> named(String... names) {
    List<Path> found =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> Stream.of(names).anyMatch(path.getFileName().toString()::startsWith))
            .toList();
    if (found.isEmpty()) {
      throw new AssertionError("no jar of " + List.of(names) + "; run Maven's verify, not test");
    }
    return found;
  }

  /** The shrinker rules that a jar carries, joined. */
  static String rules(Path jar) throws IOException {
    StringBuilder rules = new StringBuilder();
    try (JarFile content = new JarFile(jar.toFile())) {
      for (var entry : content.stream().toList()) {
        if (entry.getName().matches("META-INF/proguard/.+")) {
          try (InputStream stream = content.getInputStream(entry)) {
            rules.append(new String(stream.readAllBytes(), StandardCharsets.UTF_8)).append('\n');
          }
        }
      }
    }
    return rules.toString();
  }
}
