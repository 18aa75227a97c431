package io.github.coconut4j.parity;

import io.github.coconut4j.model.ModelFormatException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;

/** Refuses a case that would compare less than a fixture must, or something else. */
@RequiredArgsConstructor
final class ParityCaseCheck {

  /** A model with an adapter. */
  static final String LORA = "lora";

  /** Kinds whose numbers are computed here. */
  private static final List<String> KINDS = List.of("coconut", LORA);

  private static final String REMEDY = "Make the fixture again.";

  private final Path file;
  private final ParityCase read;

  /**
   * @throws ModelFormatException if the case is of another kind, lacks a value or has one out of
   *     range
   */
  void run() {
    if (!KINDS.contains(String.valueOf(read.getKind()))) {
      throw new ModelFormatException(
          file.toString(),
          "must be of the kind " + String.join(" or ", KINDS),
          "the kind " + read.getKind(),
          "What other kinds compare is not computed by this version; choose a fixture of one of"
              + " these.");
    }
    if (read.getKind().equals(LORA)) {
      given("adapter", read.getAdapter());
    }
    given("loss", read.getLoss());
    given("eos_id", read.getEosId());
    checkBatch();
    require(read.getMaxNewTokens() > 0, "a max_new_tokens above 0", read.getMaxNewTokens());
    require(read.getGreedy() != null && !read.getGreedy().isEmpty(), "a greedy answer", "none");
    read.getGreedy().forEach(this::check);
    require(
        read.getGreedy().stream().anyMatch(greedy -> read.continuation(greedy).length > 0),
        "a greedy answer that has tokens",
        "empty ones alone");
  }

  private void checkBatch() {
    Map<String, int[][]> arrays = new LinkedHashMap<>();
    arrays.put("input_ids", read.getInputIds());
    arrays.put("attention_mask", read.getAttentionMask());
    arrays.put("position_ids", read.getPositionIds());
    arrays.put("labels", read.getLabels());
    arrays.forEach(this::given);
    String shape = shape(read.getInputIds());
    arrays.forEach(
        (name, rows) ->
            require(
                rows.length > 0 && shape(rows).equals(shape),
                name + " of as many rows and columns as input_ids, " + shape,
                shape(rows)));
    require(
        Arrays.stream(read.getAttentionMask()).flatMapToInt(Arrays::stream).allMatch(this::isBit),
        "an attention_mask of 0 and 1",
        Arrays.deepToString(read.getAttentionMask()));
  }

  private boolean isBit(int value) {
    return value == 0 || value == 1;
  }

  /** Rows and columns; the columns of each row where they differ. */
  private static String shape(int[][] rows) {
    int[] columns = Arrays.stream(rows).mapToInt(row -> row == null ? 0 : row.length).toArray();
    int[] distinct = Arrays.stream(columns).distinct().toArray();
    return distinct.length == 1
        ? "[" + rows.length + ", " + distinct[0] + "]"
        : "rows of " + Arrays.toString(columns) + " columns";
  }

  private void check(ParityCase.Greedy greedy) {
    require(
        greedy != null && Stream.of(greedy.prompt(), greedy.tokens()).noneMatch(a -> a == null),
        "a prompt and tokens in each greedy answer",
        "one without");
    int[] prompt = greedy.prompt();
    int[] tokens = greedy.tokens();
    require(
        prompt.length > 0
            && prompt.length <= tokens.length
            && Arrays.equals(prompt, Arrays.copyOf(tokens, prompt.length)),
        "greedy tokens that begin with their prompt, " + Arrays.toString(prompt),
        Arrays.toString(tokens));
    require(
        tokens.length - prompt.length <= read.getMaxNewTokens(),
        "greedy answers of at most max_new_tokens, " + read.getMaxNewTokens() + ", tokens",
        tokens.length - prompt.length);
  }

  private void given(String key, Object value) {
    require(value != null, "the key " + key, "none");
  }

  private void require(boolean holds, String what, Object found) {
    if (!holds) {
      throw new ModelFormatException(file.toString(), "must have " + what, found, REMEDY);
    }
  }
}
