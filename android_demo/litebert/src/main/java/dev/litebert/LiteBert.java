package dev.litebert;

import java.nio.file.Path;

/**
 * The door of the library: opens an artifact, the folder that {@code litebert-export} writes;
 * mirrors {@code litebert.load}.
 *
 * <pre>{@code
 * try (Model<Prediction> model = LiteBert.load(Paths.get("sst2-fastbert-3l.litebert"))) {
 *   Prediction answer = model.answer("a gripping film .");
 *   System.out.println(answer.label() + " " + answer.score());
 * }
 * }</pre>
 *
 * <p>An engine has to be on the class path: {@code dev.litebert:litebert-tflite} or {@code
 * dev.litebert:litebert-onnxruntime}.
 */
public final class LiteBert {
  private LiteBert() {}

  /**
   * Opens an artifact that classifies, with all defaults; see {@link Loader}.
   *
   * @throws InputException no artifact there, or one of another task.
   * @throws ArtifactException the artifact is damaged or was changed.
   * @throws UnsupportedFormatException a newer LiteBERT wrote it.
   * @throws MissingEngineException no engine that runs it is on the class path.
   */
  public static Model<Prediction> load(Path folder) {
    return loader().load(folder);
  }

  /**
   * Opens an artifact of any task, with all defaults; see {@link #load(Path)}.
   *
   * @param answers the class of its answers: {@code Embedding.class} for an encoder, {@code
   *     Answer.class} for any artifact.
   */
  public static <A extends Answer> Model<A> load(Path folder, Class<A> answers) {
    return loader().load(folder, answers);
  }

  /** A loader, whose options say how to open artifacts. */
  public static Loader loader() {
    return new Loader();
  }
}
