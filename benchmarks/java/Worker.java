import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.litebert.Answer;
import dev.litebert.Leave;
import dev.litebert.LiteBert;
import dev.litebert.Model;
import dev.litebert.Text;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;

/**
 * The Java side of java_beside_python.py; worker.py is the other and describes the protocol.
 *
 * <p>{@code java -cp ... Worker ARTIFACT BACKEND TEXT}
 */
public final class Worker {
  private static final double NS_PER_MS = 1e6;

  private Worker() {}

  /** Opens the artifact, answers the text, and then the requests on stdin. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    Gson gson = new Gson();
    long start = System.nanoTime();
    try (Model<?> model =
        LiteBert.loader().backend(arguments[1]).load(Paths.get(arguments[0]))) {
      long opened = System.nanoTime();
      model.answer(arguments[2]);
      JsonObject times = new JsonObject();
      times.addProperty("open_ms", (opened - start) / NS_PER_MS);
      times.addProperty("answer_ms", (System.nanoTime() - opened) / NS_PER_MS);
      out.println(gson.toJson(times));
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(gson.toJson(answered(model, gson.fromJson(line, Request.class))));
      }
    }
  }

  private static Times answered(Model<?> model, Request request) {
    int count = request.texts.length;
    Times times = new Times(count);
    Leave leave = request.speed == null ? null : Leave.speed(request.speed);
    for (int i = 0; i < count; i++) {
      String text = request.texts[i];
      long start = System.nanoTime();
      if (request.tokenize) {
        times.tokens += model.tokenize(Text.of(text)).tokens();
      } else {
        Text input = Text.of(text);
        Answer answer = leave == null ? model.answer(input) : model.answer(input, leave);
        times.tokens += answer.tokens();
        times.layers[i] = answer.exitLayer() == null ? -1 : answer.exitLayer();
      }
      times.ms[i] = (System.nanoTime() - start) / NS_PER_MS;
    }
    return times;
  }

  private static final class Request {
    private String[] texts;
    private Double speed;
    private boolean tokenize;
  }

  private static final class Times {
    private final double[] ms;
    private final int[] layers;
    private int tokens;

    Times(int count) {
      ms = new double[count];
      layers = new int[count];
    }
  }
}
