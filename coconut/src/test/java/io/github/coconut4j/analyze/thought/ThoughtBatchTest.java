package io.github.coconut4j.analyze.thought;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.latent.LatentLoops;
import java.util.IntSummaryStatistics;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ThoughtBatchTest {

  private static final int THOUGHTS = 3;
  private static final int NEW_TOKENS = 8;
  private static final List<ReasoningProblem> PROBLEMS = TinyModels.problems(7, 2);

  private static String[] written(
      CoconutModel model, int thoughts, LatentIntervention intervention, int batchSize) {
    return written(model, new Lengths(THOUGHTS, NEW_TOKENS, ""), thoughts, intervention, batchSize);
  }

  private static String[] written(
      CoconutModel model,
      Lengths most,
      int thoughts,
      LatentIntervention intervention,
      int batchSize) {
    String[] outputs = new String[PROBLEMS.size()];
    new ThoughtRunner(model, most, batchSize)
        .forEachBatch(
            PROBLEMS,
            batch -> {
              // What a batch did before must leave no trace.
              batch.think(
                  most.getThoughts(), (thought, problems, states) -> Nd4j.zerosLike(states));
              batch.write();
              batch.think(thoughts, intervention);
              List<String> lines = batch.write();
              for (int row = 0; row < batch.sequences(); row++) {
                outputs[batch.getProblems()[row]] = lines.get(row);
              }
            });
    return outputs;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5})
  void unchangedThoughtsWriteWhatTheGeneratorWrites(int iterations) {
    try (CoconutModel model =
        iterations == 0
            ? TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)
            : TinyModels.parallel(iterations, LatentLoops.AUTO)) {
      assertWritesWhatTheGeneratorWrites(model);
    }
  }

  private static void assertWritesWhatTheGeneratorWrites(CoconutModel model) {
    for (int thoughts : new int[] {0, 1, THOUGHTS}) {
      GenerationOptions options =
          GenerationOptions.builder().latents(thoughts).maxNewTokens(NEW_TOKENS).build();
      List<String> questions = PROBLEMS.stream().map(ReasoningProblem::getQuestion).toList();
      List<String> expected =
          model.generate(questions, options).stream().map(Generation::getOutput).toList();

      assertThat(written(model, thoughts, LatentIntervention.NONE, 3))
          .containsExactlyElementsOf(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"PROJECTION, 0", "PROJECTION, 1", "SCALE, 0", "SCALE, 2"})
  void mappedThoughtsWriteWhatTheGeneratorWrites(ThoughtMapConfig.Kind kind, int iterations) {
    boolean isProjection = kind == ThoughtMapConfig.Kind.PROJECTION;
    ThoughtMapConfig map =
        isProjection ? ThoughtMapConfig.projection(9) : ThoughtMapConfig.scale(0.7);
    try (CoconutModel model = TinyModels.mapped(map, iterations);
        CoconutModel plain = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      assertWritesWhatTheGeneratorWrites(model);
      INDArray unmapped = lastThought(plain, LatentIntervention.NONE);
      assertThat(lastThought(model, LatentIntervention.NONE).equalsWithEps(unmapped, 1e-2))
          .isFalse();
    }
  }

  /** Each pass has the intervention, so that later thoughts see it as in the sequential loop. */
  @Test
  void asManyIterationsAsThoughtsAlterWhatFollowsAThoughtAsOneAfterAnotherDoes() {
    LatentIntervention negated = (thought, problems, states) -> states.neg();
    try (CoconutModel sequential = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO);
        CoconutModel parallel = TinyModels.parallel(THOUGHTS, LatentLoops.AUTO);
        CoconutModel tooFew = TinyModels.parallel(1, LatentLoops.AUTO)) {
      for (LatentIntervention altered : List.of(negated, negated.onlyAt(0), negated.onlyAt(2))) {
        INDArray expected = lastThought(sequential, altered);
        assertThat(lastThought(parallel, altered).equalsWithEps(expected, 1e-4)).isTrue();
        assertThat(lastThought(tooFew, altered).equalsWithEps(expected, 1e-2)).isFalse();
      }
    }
  }

  /** The states from which the end marker's logits come, after altered thoughts. */
  private static INDArray lastThought(CoconutModel model, LatentIntervention intervention) {
    INDArray[] states = new INDArray[1];
    new ThoughtRunner(model, new Lengths(THOUGHTS, NEW_TOKENS, ""), PROBLEMS.size())
        .forEachBatch(
            PROBLEMS,
            batch -> {
              batch.think(THOUGHTS, intervention);
              states[0] = batch.getDecoder().hiddenStates();
            });
    return states[0];
  }

  @Test
  void aThoughtReplacedByItselfChangesNothing() {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      ThoughtRecord record = new ThoughtRecord(PROBLEMS.size(), THOUGHTS, 16);
      String[] expected = written(model, THOUGHTS, record.recorder(), 3);
      LatentIntervention recorded =
          (thought, problems, states) -> Nd4j.pullRows(record.thought(thought), 1, problems);

      assertThat(written(model, THOUGHTS, recorded, 4)).isEqualTo(expected);
      assertThat(written(model, THOUGHTS, recorded.onlyAt(1), 7)).isEqualTo(expected);
      LatentIntervention zero = (thought, problems, states) -> Nd4j.zerosLike(states);
      assertThat(written(model, THOUGHTS, zero, 3)).isNotEqualTo(expected);
      assertThat(written(model, THOUGHTS, zero.onlyAt(THOUGHTS), 3)).isEqualTo(expected);
    }
  }

  @Test
  void aThoughtReadsAsTheTokensOfTheHighestScores() {
    INDArray table = Nd4j.createFromArray(new float[][] {{1, 0}, {0, 1}, {0.5f, 0.5f}});
    INDArray states = Nd4j.createFromArray(new float[][] {{2, 0}, {0, 4}});

    List<LatentReading> readings = LatentReading.of(states, 1, table, 2, id -> "token " + id);

    assertThat(readings)
        .extracting(LatentReading::getToken)
        .containsExactly("token 0", "token 2", "token 1", "token 2");
    double sum = Math.exp(2) + Math.exp(1) + 1;
    assertThat(readings.get(0).getProbability()).isCloseTo(Math.exp(2) / sum, within(1e-6));
  }

  @Test
  void successiveThoughtsAreCompared() {
    ThoughtRecord record = new ThoughtRecord(2, 2, 2);
    record
        .recorder()
        .replace(0, new int[] {0, 1}, Nd4j.createFromArray(new float[][] {{1, 0}, {1, 1}}));
    record
        .recorder()
        .replace(1, new int[] {1, 0}, Nd4j.createFromArray(new float[][] {{2, 2}, {0, 3}}));

    ThoughtSimilarity similarity = ThoughtSimilarity.of(record).get(0);

    assertThat(similarity.getMean()).isCloseTo(0.5, within(1e-6));
    assertThat(similarity.getProblems()).isEqualTo(2);
  }

  /** Thoughts are pauses, or there are none: interventions see what a pause is fed. */
  @ParameterizedTest
  @EnumSource(names = {"PAUSE_AS_THOUGHT", "PAUSE", "NO_THOUGHTS", "COT"})
  void methodsWithoutLatentsWriteWhatTheGeneratorWrites(Method method) {
    try (CoconutModel model = TinyModels.phrases(method, LatentLoops.AUTO)) {
      assertWritesWhatTheGeneratorWrites(model);
      ThoughtRecord record = new ThoughtRecord(PROBLEMS.size(), THOUGHTS, 16);
      written(model, THOUGHTS, record.recorder(), 3);
      Integer pause = model.getConfig().getSpecialTokens().getPause();
      INDArray fed =
          pause == null
              ? Nd4j.zeros(16)
              : model.getTransformer().getWeights().tokenTable().getRow(pause);
      assertThat(record.thought(1).getRow(4)).isEqualTo(fed);
    }
  }

  /** The longest question has room for three tokens, the others for more. */
  @Test
  void aLongQuestionLeavesShorterOnesTheirRoom() {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      IntSummaryStatistics lengths =
          PROBLEMS.stream()
              .map(ReasoningProblem::getQuestion)
              .mapToInt(question -> EncodedProblem.question(question, model.getTokenizer()).length)
              .summaryStatistics();
      assertThat(lengths.getMin()).isLessThan(lengths.getMax());
      int thoughts = 256 - lengths.getMax() - 5;
      Lengths most = new Lengths(thoughts, 40, "");

      String[] alone = written(model, most, thoughts, LatentIntervention.NONE, 1);

      assertThat(written(model, most, thoughts, LatentIntervention.NONE, 7)).isEqualTo(alone);
    }
  }

  @Test
  void whatIsTooLongIsRefused() {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      Lengths tooLong = new Lengths(250, 1, "Think less.");
      assertThatThrownBy(
              () -> new ThoughtRunner(model, tooLong, 3).forEachBatch(PROBLEMS, batch -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("256 positions")
          .hasMessageEndingWith("tokens. Think less.");
    }
  }
}
