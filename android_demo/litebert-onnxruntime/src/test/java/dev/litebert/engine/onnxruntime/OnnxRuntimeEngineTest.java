package dev.litebert.engine.onnxruntime;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.litebert.ArtifactException;
import dev.litebert.LiteBert;
import dev.litebert.Loader;
import dev.litebert.engine.contract.Artifacts;
import dev.litebert.engine.contract.EngineContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeEngineTest extends EngineContract {
  OnnxRuntimeEngineTest() {
    super("onnxruntime");
  }

  @Override
  protected String title() {
    return "ONNX Runtime";
  }

  @Test
  void weightsWithSeveralNamesAreToBeCopied(@TempDir Path temporary) throws IOException {
    Path folder = temporary.resolve("artifact");
    Path source = Artifacts.sound("bert-exits-branched");
    try (Stream<Path> files = Files.walk(source)) {
      for (Path each : (Iterable<Path>) files::iterator) {
        Files.copy(each, folder.resolve(source.relativize(each).toString()));
      }
    }
    Files.createLink(temporary.resolve("link"), folder.resolve("onnx/weights.bin"));
    Loader loader = LiteBert.loader().backend("onnxruntime");
    String message = assertThrows(ArtifactException.class, () -> loader.load(folder)).getMessage();
    assertTrue(message.endsWith("; copy the artifact without hard links, as with cp -r"), message);
  }
}
