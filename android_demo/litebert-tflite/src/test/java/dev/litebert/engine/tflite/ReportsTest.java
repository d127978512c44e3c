package dev.litebert.engine.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportsTest {
  // The start of a flatbuffer; with zeros behind it of schema version 0.
  private static final byte[] OLD = {28, 0, 0, 0, 'T', 'F', 'L', '3'};

  @BeforeAll
  static void load() {
    NativeLibrary.load();
  }

  @Test
  void wordsAreThoseOfTensorFlowLite(@TempDir Path folder) throws IOException {
    Path text =
        Files.writeString(folder.resolve("text.tflite"), "no graph at all, but long enough");
    assertEquals("The model is not a valid Flatbuffer buffer", of(text));
    Path old = Files.write(folder.resolve("old.tflite"), Arrays.copyOf(OLD, 1000));
    assertEquals("Model provided is schema version … not equal to supported version ….", of(old));
  }

  @Test
  void manyFilesMayBeRefused(@TempDir Path folder) throws IOException {
    Path text =
        Files.writeString(folder.resolve("text.tflite"), "no graph at all, but long enough");
    for (int i = 0; i < 100; i++) { // JavaCPP has ten functions of a kind at a time
      assertEquals("The model is not a valid Flatbuffer buffer", of(text));
    }
  }

  private static String of(Path file) {
    return Reports.of(file.toString(), "nothing");
  }
}
