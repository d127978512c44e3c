package dev.litebert.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JarsTest {
  static List<Path> jars() {
    List<Path> jars = Jars.named("litebert-");
    assertEquals(4, jars.size(), jars.toString()); // the core and three engines
    return jars;
  }

  @ParameterizedTest
  @MethodSource("jars")
  void theDexerTakesEach(Path jar, @TempDir Path folder) throws IOException {
    assertEquals("", Dexer.complaints(jar, folder.resolve("classes.dex")));
  }
}
