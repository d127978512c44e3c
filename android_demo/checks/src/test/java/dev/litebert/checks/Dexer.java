package dev.litebert.checks;

import com.android.dx.command.dexer.DxContext;
import com.android.dx.command.dexer.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The dexer of Android's older build tools; Google's newer one is not on Central. */
final class Dexer {
  /**
   * Android 7, although the library needs 8: for 8 and later the dexer writes method handles of the
   * JVM, such as those of lambdas, without a word, and Android cannot link them.
   */
  private static final int WITHOUT_METHOD_HANDLES = 24;

  private Dexer() {}

  /** What the dexer says against a jar: nothing if it takes it. */
  static String complaints(Path jar, Path dex) throws IOException {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    DxContext context = new DxContext(said, said);
    Main.Arguments arguments = new Main.Arguments(context);
    arguments.minSdkVersion = WITHOUT_METHOD_HANDLES;
    arguments.fileNames = new String[] {jar.toString()};
    arguments.outName = dex.toString();
    arguments.makeOptionsObjects();
    int exitCode = new Main(context).runDx(arguments);
    String text = said.toString(StandardCharsets.UTF_8);
    return exitCode == 0 ? text : "exit code " + exitCode + ": " + text;
  }
}
