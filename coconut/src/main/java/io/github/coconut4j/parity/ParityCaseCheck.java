package io.github.coconut4j.parity;

import io.github.coconut4j.model.ModelFormatException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;

/** Rejects a case that lacks values to compare, or is of an unknown kind. */
@RequiredArgsConstructor
final class ParityCaseCheck {

  /** A model with an adapter. */
  static final String LORA = "lora";

  private static final String CODI = "codi";
  private static final String PCCOT = "pccot";
  private static final String FRONTIER = "frontier";

  /** Supported kinds. */
  private static final List<String> KINDS =
      List.of("coconut", LORA, CODI, PCCOT, "simcot-" + CODI, "simcot-coconut", FRONTIER);

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
    checkMethod();
    given("loss", read.getLoss());
    given("eos_id", read.getEosId());
    checkBatch();
    require(read.getMaxNewTokens() > 0, "a max_new_tokens above 0", read.getMaxNewTokens());
    require(read.getGreedy() != null && !read.getGreedy().isEmpty(), "a greedy answer", "none");
    read.getGreedy().forEach(this::check);
    require(
        read.getGreedy().stream().anyMatch(greedy -> read.continuation(greedy).length > 0),
        "a greedy answer that has tokens",
        "only empty ones");
  }

  /** Checks the values that the kind's objective reads. */
  private void checkMethod() {
    String kind = read.getKind();
    boolean distils = kind.endsWith(CODI) || kind.equals(PCCOT);
    requireOnlyIf("teacher", read.getTeacher(), distils);
    requireOnlyIf("kd", read.getKd(), distils);
    requireOnlyIf("num_iterations", read.getNumIterations(), kind.equals(PCCOT));
    boolean steps = kind.startsWith("simcot");
    requireOnlyIf("decoder", read.getDecoder(), steps);
    requireOnlyIf("decoder_first_position", read.getDecoderFirstPosition(), steps);
    requireOnlyIf("step_ids", read.getStepIds(), steps);
    requireOnlyIf("step_mean", read.getStepMean(), steps);
    requireOnlyIf("step_factor", read.getStepFactor(), steps && distils);
    requireOnlyIf("step_weight", read.getStepWeight(), steps && !distils);
    requireOnlyIf("frontier_weight", read.getFrontierWeight(), kind.equals(FRONTIER));
    requireOnlyIf("frontier_targets", read.getFrontierTargets(), kind.equals(FRONTIER));
    if (distils) {
      checkTeacher();
    }
    int rows = read.getInputIds() == null ? 0 : read.getInputIds().length;
    require(
        read.getStepIds() == null || read.getStepIds().length == rows,
        "step_ids of " + rows + " sequences",
        read.getStepIds() == null ? 0 : read.getStepIds().length);
    require(
        read.getFrontierTargets() == null || read.getFrontierTargets().size() == rows,
        "frontier_targets of " + rows + " sequences",
        read.getFrontierTargets() == null ? 0 : read.getFrontierTargets().size());
    require(
        read.getStepMean() == null || List.of("tokens", "rows").contains(read.getStepMean()),
        "a step_mean of tokens or rows",
        read.getStepMean());
  }

  private void requireOnlyIf(String key, Object value, boolean needed) {
    if (needed) {
      given(key, value);
    } else {
      require(value == null, "no key " + key + " in the kind " + read.getKind(), value);
    }
  }

  private void checkTeacher() {
    ParityCase.Teacher teacher = read.getTeacher();
    Map<String, int[][]> arrays = new LinkedHashMap<>();
    arrays.put("teacher.input_ids", teacher.inputIds());
    arrays.put("teacher.attention_mask", teacher.attentionMask());
    arrays.put("teacher.position_ids", teacher.positionIds());
    arrays.put("teacher.labels", teacher.labels());
    checkShapes(arrays);
    ParityCase.Distillation kd = read.getKd();
    given("kd.layers", kd.layers());
    given("kd.student_columns", kd.studentColumns());
    given("kd.teacher_columns", kd.teacherColumns());
    int rows = teacher.inputIds().length;
    require(
        kd.layers().length > 0 && (kd.layers()[0] == 0 || kd.layers()[0] == 1),
        "kd.layers from 0 or 1 on",
        Arrays.toString(kd.layers()));
    require(
        kd.studentColumns().length == rows
            && kd.teacherColumns().length == rows
            && read.getInputIds() != null
            && read.getInputIds().length == rows,
        "a teacher and compared columns for each sequence",
        rows + " teachers");
  }

  private void checkBatch() {
    Map<String, int[][]> arrays = new LinkedHashMap<>();
    arrays.put("input_ids", read.getInputIds());
    arrays.put("attention_mask", read.getAttentionMask());
    arrays.put("position_ids", read.getPositionIds());
    arrays.put("labels", read.getLabels());
    checkShapes(arrays);
    require(
        Arrays.stream(read.getAttentionMask()).flatMapToInt(Arrays::stream).allMatch(this::isBit),
        "an attention_mask of 0 and 1",
        Arrays.deepToString(read.getAttentionMask()));
  }

  private void checkShapes(Map<String, int[][]> arrays) {
    arrays.forEach(this::given);
    String shape = shape(arrays.values().iterator().next());
    arrays.forEach(
        (name, rows) ->
            require(
                rows.length > 0 && shape(rows).equals(shape),
                name + " of as many rows and columns as input_ids, " + shape,
                shape(rows)));
  }

  private boolean isBit(int value) {
    return value == 0 || value == 1;
  }

  /** Number of rows and columns; the columns of each row if they differ. */
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
