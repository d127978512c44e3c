package dev.litebert.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import proguard.Configuration;
import proguard.ConfigurationParser;
import proguard.ProGuard;

/**
 * An app that was shrunk, optimized and renamed by the rules in the jars alone answers as before.
 */
class MinifiedTest {
  private static final Path SOUND = Path.of(System.getProperty("litebert.artifacts"), "sound");
  private static final List<String> ARTIFACTS =
      List.of(
          "bert-exits",
          "bert-exits-patience",
          "albert-unigram",
          "roberta-byte-level",
          "embeddings");
  private static final String LEFT_OUT =
      "(!META-INF/versions/**,!module-info.class,!ai/onnxruntime/native/**)\n";
  private static final Path CLASSES = Path.of("target", "classes").toAbsolutePath();

  @ParameterizedTest
  @CsvSource({"tflite, javacpp tensorflow-lite-2", "onnxruntime, onnxruntime"})
  void answersGoldenCases(String engine, String library, @TempDir Path folder) throws Exception {
    Path app = folder.resolve("app.jar");
    Map<Boolean, List<Path>> jars =
        Jars.named(("litebert-0 gson error_prone litebert-" + engine + " " + library).split(" "))
            .stream()
            .collect(Collectors.partitioningBy(jar -> jar.toString().contains("-linux-")));
    List<Path> classes = jars.get(false);
    List<Path> natives = new ArrayList<>(jars.get(true));
    natives.addAll(Jars.named("onnxruntime")); // classes and native libraries in one jar
    minify(classes, app, folder);

    List<String> lines = answers(engine, app, natives);
    assertEquals(ARTIFACTS.size(), lines.size());
    List<Path> asTheyAre = new ArrayList<>(classes);
    asTheyAre.addAll(natives);
    assertEquals(answers(engine, CLASSES, asTheyAre), lines);
    try (JarFile content = new JarFile(app.toFile())) {
      assertNotNull(content.getEntry("dev/litebert/ArtifactException.class"), "it was renamed");
      assertNull(content.getEntry("dev/litebert/artifact/Artifact.class"), "it was not renamed");
    }
  }

  /** The lines of the app, which runs in a process of its own. */
  private static List<String> answers(String engine, Path app, List<Path> others) throws Exception {
    String path =
        Stream.concat(Stream.of(app), others.stream())
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", path, GoldenApp.class.getName(), engine));
    ARTIFACTS.forEach(name -> command.add(SOUND.resolve(name).toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said.lines().toList();
  }

  private static void minify(List<Path> jars, Path app, Path folder) throws Exception {
    StringBuilder rules = new StringBuilder();
    rules.append("-injars ").append(CLASSES).append('\n');
    for (Path jar : jars) {
      rules.append("-injars ").append(jar).append(LEFT_OUT);
      rules.append(Jars.rules(jar));
    }
    rules.append("-outjars ").append(app).append('\n');
    for (String module :
        List.of("java.base", "java.logging", "java.sql", "jdk.unsupported")) { // those of Android
      rules.append("-libraryjars <java.home>/jmods/").append(module);
      rules.append(".jmod(!**.jar;!module-info.class)\n");
    }
    rules.append("-keep class ").append(GoldenApp.class.getName());
    rules.append(" { public static void main(java.lang.String[]); }\n");
    rules.append("-repackageclasses\n-allowaccessmodification\n-optimizationpasses 1\n");
    Path file = Files.writeString(folder.resolve("app.pro"), rules);
    Configuration configuration = new Configuration();
    ConfigurationParser parser =
        new ConfigurationParser(file.toFile(), new Properties(System.getProperties()));
    try {
      parser.parse(configuration);
    } finally {
      parser.close();
    }
    new ProGuard(configuration).execute();
  }
}
