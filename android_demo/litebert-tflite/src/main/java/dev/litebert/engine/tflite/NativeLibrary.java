package dev.litebert.engine.tflite;

import java.util.Locale;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.global.tensorflowlite;

/** TensorFlow Lite's native library, loaded once in a process. */
final class NativeLibrary {
  // Of tensorflow/lite/minimal_logging.h: the least severe messages that are written.
  private static final String LOG_LEVEL =
      "_ZN6tflite16logging_internal13MinimalLogger21minimum_log_severity_E";
  private static final int SILENT = 4;

  private NativeLibrary() {}

  /**
   * Loads it, and keeps it from writing on stderr: its line about XNNPACK, and errors, which are
   * thrown.
   *
   * @throws LinkageError a class or the library is missing.
   */
  static void load() {
    // JavaCPP reads these when its first class is used. By default it refuses memory where the
    // process has more than four times Java's heap, as it may have with models outside the heap.
    setDefault("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    if (isAndroid()) {
      // The app's installer has unpacked the library: nothing is to be searched or written.
      setDefault("org.bytedeco.javacpp.findLibraries", "false");
      setDefault("org.bytedeco.javacpp.cacheLibraries", "false");
    }
    Loader.load(tensorflowlite.class);
    Pointer level = Loader.addressof(LOG_LEVEL);
    if (level != null && !level.isNull()) { // otherwise the lines are seen
      new IntPointer(level).put(SILENT);
    }
  }

  /** The classifier of the jars with the native library: {@code linux-x86_64}. */
  static String platform() {
    String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String system = isAndroid() ? "android" : name.startsWith("mac") ? "macosx" : name;
    if (system.startsWith("windows")) {
      system = "windows";
    }
    if (arch.equals("amd64") || arch.equals("x86-64")) {
      arch = "x86_64";
    } else if (arch.equals("aarch64")) {
      arch = "arm64";
    }
    return system + "-" + arch;
  }

  private static boolean isAndroid() {
    return "Dalvik".equals(System.getProperty("java.vm.name"));
  }

  private static void setDefault(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }
}
