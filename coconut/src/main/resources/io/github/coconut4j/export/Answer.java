import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Answers questions: java -cp … Answer.java DIRECTORY QUESTION... */
public final class Answer {

  private final JsonNode model;
  private final Text text;
  private final SameDiff prefill;
  private final SameDiff step;
  private final List<String> results = new ArrayList<>(List.of("next_token"));

  Answer(File directory) throws IOException {
    model = new ObjectMapper().readTree(new File(directory, "export.json"));
    text = new Text(new File(directory, "tokenizer.json"));
    prefill = SameDiff.load(new File(directory, "prefill.fb"), false);
    step = SameDiff.load(new File(directory, "step.fb"), false);
    for (int layer = 0; layer < model.get("layers").asInt(); layer++) {
      results.add("keys_" + layer);
      results.add("values_" + layer);
    }
  }

  /** Tokens that the model writes after a question, once it has thought. */
  List<Integer> tokens(String question) {
    int[] ids = text.ids(question + "\n");
    int read = ids.length + model.get("tokens_after_question").asInt();
    int room =
        Math.min(
            model.get("max_new_tokens").asInt(), model.get("longest_sequence").asInt() - read + 1);
    if (room < 1) { // ND4J does not check bounds
      throw new IllegalArgumentException(
          "A question and its thoughts need to fit "
              + model.get("longest_sequence")
              + " positions but take "
              + read
              + ". Shorten it.");
    }
    List<Integer> written = new ArrayList<>();
    Map<String, INDArray> state =
        prefill.output(Map.of("question_ids", Nd4j.createFromArray(new int[][] {ids})), results);
    while (true) {
      int token = state.get("next_token").getInt(0);
      if (ends(token)) {
        return written;
      }
      written.add(token);
      if (written.size() >= room) {
        return written;
      }
      Map<String, INDArray> inputs = new HashMap<>();
      state.forEach((name, array) -> inputs.put("past_" + name, array));
      inputs.remove("past_next_token");
      inputs.put("token_id", Nd4j.createFromArray(new int[][] {{token}}));
      state = step.output(inputs, results);
    }
  }

  private boolean ends(int token) {
    for (JsonNode end : model.get("end_of_sequence")) {
      if (end.asInt() == token) {
        return true;
      }
    }
    return false;
  }

  public static void main(String[] args) throws IOException {
    Answer answer = new Answer(new File(args[0]));
    for (int i = 1; i < args.length; i++) {
      List<Integer> tokens = answer.tokens(args[i]);
      System.out.println(tokens);
      System.out.println(answer.text.of(tokens));
    }
  }
}

