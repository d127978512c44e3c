package dev.litebert.engine.tflite;

import dev.litebert.engine.Refusal;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.Reporter_Pointer_BytePointer_Pointer;
import org.bytedeco.tensorflowlite.TfLiteInterpreter;
import org.bytedeco.tensorflowlite.TfLiteInterpreterOptions;
import org.bytedeco.tensorflowlite.TfLiteModel;
import org.bytedeco.tensorflowlite.global.tensorflowlite;

/**
 * What TensorFlow Lite says of a file that it refuses.
 *
 * <p>Its C++ interface, which runs graphs here because only it uses XNNPACK, writes errors on
 * stderr alone. So a refused file is opened once more by the C interface, which reports them. Their
 * values come as a C list of arguments, which Java cannot read: dots are shown instead.
 */
final class Reports extends Reporter_Pointer_BytePointer_Pointer {
  private static final long serialVersionUID = 1L;
  private static final String VALUES = "%l?[dsuz]u?"; // of printf

  private transient String first;

  private Reports() {}

  /**
   * The first error about a file; the other text where TensorFlow Lite reports none.
   *
   * <p>One at a time: JavaCPP has a few functions of a kind.
   */
  static synchronized String of(String path, String otherwise) {
    try (Reports reports = new Reports();
        BytePointer file = new BytePointer(path)) {
      TfLiteModel model =
          tensorflowlite.TfLiteModelCreateFromFileWithErrorReporter(file, reports, null);
      if (model != null && !model.isNull()) {
        reports.open(model);
        tensorflowlite.TfLiteModelDelete(model);
      }
      return reports.first == null ? otherwise : reports.first;
    }
  }

  private void open(TfLiteModel model) {
    TfLiteInterpreterOptions options = tensorflowlite.TfLiteInterpreterOptionsCreate();
    tensorflowlite.TfLiteInterpreterOptionsSetErrorReporter(options, this, null);
    TfLiteInterpreter interpreter = tensorflowlite.TfLiteInterpreterCreate(model, options);
    if (interpreter != null && !interpreter.isNull()) {
      tensorflowlite.TfLiteInterpreterDelete(interpreter);
    }
    tensorflowlite.TfLiteInterpreterOptionsDelete(options);
  }

  /** Called by the native library. */
  @Override
  public void call(Pointer data, BytePointer format, Pointer values) {
    if (first == null) {
      first = Refusal.firstLine(format.getString()).replaceAll(VALUES, "…");
    }
  }
}
