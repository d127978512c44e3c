package dev.litebert.checks;

import static java.nio.file.Files.readString;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Gradle files, which cannot be run here, say what pom.xml says. */
class VersionsTest {
  private static final Path DEMO = Path.of(System.getProperty("litebert.demo"));

  @Test
  void theCatalogueHasTheVersionsOfMaven() throws IOException {
    Map<String, String> maven = found("<([a-z-]+)\\.version>([^<]+)</", "pom.xml");
    Map<String, String> gradle =
        found("(?m)^([a-z-]+) = \"([^\"]+)\"$", "gradle/libs.versions.toml");
    gradle.remove("android-gradle-plugin");
    assertFalse(gradle.isEmpty());
    maven.keySet().retainAll(gradle.keySet());
    assertEquals(maven, gradle);
  }

  @Test
  void theProjectHasOneVersion() throws IOException {
    String version =
        found("(?s)(litebert-parent)</artifactId>\\s*<version>(.+?)<", "pom.xml")
            .get("litebert-parent");
    assertTrue(
        readString(DEMO.resolve("build.gradle.kts")).contains("version = \"" + version + '"'));
  }

  /** What a pattern's second group matched in a file, by the first group. */
  private static Map<String, String> found(String pattern, String file) throws IOException {
    Map<String, String> found = new TreeMap<>();
    Matcher matcher = Pattern.compile(pattern).matcher(readString(DEMO.resolve(file)));
    while (matcher.find()) {
      found.put(matcher.group(1), matcher.group(2));
    }
    return found;
  }
}
