package io.github.coconut4j.model.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.Architectures;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.latent.ObjectiveChecks;
import io.github.coconut4j.model.latent.Supervision;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The gradients of each objective, in double, are central differences of its loss. */
class ObjectiveGradientsTest {

  private static final int VOCABULARY = 9;
  private static final String PROJECTION = "prj.";
  private static final int NONE = Supervision.NONE;

  private static TransformerConfig model(Architecture architecture) {
    return Architectures.of(architecture, VOCABULARY).toBuilder()
        .thoughtMap(ThoughtMapConfig.projection(5))
        .build();
  }

  private static Weights weights(TransformerConfig config, long seed) {
    return Weights.initial(config, seed).castTo(DataType.DOUBLE);
  }

  /** Two students with three and two latents, then their teachers. */
  private static LatentBatch batch() {
    LatentBatch plain = Batches.of(VOCABULARY, 3, "ww***wll", ".w**wll.", "wwllllll", ".wllll..");
    int[][] teachers = {{2, 6, 6}, {3, 5, 4}, {NONE, NONE, NONE}, {NONE, NONE, NONE}};
    int[][][] steps = {
      {{1, 2, 3}, {4, NONE, NONE}, {5, 6, NONE}},
      {{7, 8, NONE}, {2, 2, 2}, {NONE, NONE, NONE}},
      {{NONE, NONE, NONE}, {NONE, NONE, NONE}, {NONE, NONE, NONE}},
      {{NONE, NONE, NONE}, {NONE, NONE, NONE}, {NONE, NONE, NONE}}
    };
    int[][][] targets = {
      {{1, 2}, {3, NONE}, {4, 5}},
      {{6, 7}, {NONE, NONE}, {NONE, NONE}},
      {{NONE, NONE}, {NONE, NONE}, {NONE, NONE}},
      {{NONE, NONE}, {NONE, NONE}, {NONE, NONE}}
    };
    float[][][] shares = {
      {{0.5f, 0.5f}, {1, 0}, {0.25f, 0.75f}},
      {{0.5f, 0.5f}, {0, 0}, {0, 0}},
      {{0, 0}, {0, 0}, {0, 0}},
      {{0, 0}, {0, 0}, {0, 0}}
    };
    return supervised(
        plain,
        Supervision.builder()
            .teachers(Nd4j.createFromArray(teachers))
            .steps(Nd4j.createFromArray(steps))
            .targetTokens(Nd4j.createFromArray(targets))
            .targetProbabilities(Nd4j.createFromArray(shares))
            .build());
  }

  private static LatentBatch supervised(LatentBatch plain, Supervision supervision) {
    return LatentBatch.builder()
        .inputIds(plain.getInputIds())
        .positionIds(plain.getPositionIds())
        .attentionMask(plain.getAttentionMask())
        .latentMask(plain.getLatentMask())
        .labels(plain.getLabels())
        .supervision(supervision)
        .build();
  }

  /** Compared where both begin, or where the student goes on, its labels would be the student's. */
  @ParameterizedTest
  @CsvSource({"1, in segment 1 and", "6, in segment 2 and"})
  void aTeacherIsComparedInItsOwnContinuation(int compared, String found) {
    TransformerConfig config = model(Architecture.GPT2);
    LatentBatch batch = sharedBatch(compared);
    try (LatentTransformer model =
        LatentTransformer.create(config, weights(config, 3), LatentLoops.UNROLLED)) {
      assertThatThrownBy(() -> model.loss(batch, distillation(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("sequence 0")
          .hasMessageContaining(found);
    }
  }

  /** The same, teachers being other continuations of the students' sequences. */
  private static LatentBatch sharedBatch() {
    return sharedBatch(10);
  }

  private static LatentBatch sharedBatch(int teacherCompared) {
    String[] pictures = {"ww***wllwwll", ".w**wllwll.."};
    String[] segments = {"112222223333", "012222233300"};
    LatentBatch plain = Batches.withContinuations(VOCABULARY, 3, pictures, segments);
    int[][] teachers = {{0, 6, teacherCompared}, {1, 5, 8}};
    return supervised(
        plain, Supervision.builder().teachers(Nd4j.createFromArray(teachers)).build());
  }

  /** The same sequences, teachers after students. */
  private static LatentBatch apart(LatentBatch shared) {
    LatentBatch plain = Batches.apart(shared); // student, teacher, student, teacher
    int[][] teachers = {{1, 6, 4}, {NONE, NONE, NONE}, {3, 5, 3}, {NONE, NONE, NONE}};
    return supervised(
        plain, Supervision.builder().teachers(Nd4j.createFromArray(teachers)).build());
  }

  private static SelfDistillation distillation(double weight) {
    return SelfDistillation.builder()
        .teacherWeight(0.7)
        .studentWeight(1.3)
        .distillWeight(weight)
        .withEmbeddings(true)
        .build();
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "LLAMA"})
  void frontierSupervision(Architecture architecture) {
    TransformerConfig config = model(architecture);
    ObjectiveChecks.assertCentralDifferences(
        config, weights(config, 5), batch(), new FrontierSupervision(0.8));
  }

  @ParameterizedTest
  @CsvSource({"0.5, 0.4", "1, 1", "1.5, -0.5", "NaN, 1"})
  void targetsOfTheFrontierAreADistribution(float first, float second) {
    LatentBatch batch = supervised(batch(), distribution(first, second));
    assertThatThrownBy(() -> new FrontierSupervision(1).targets(batch))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequence 1 for its latent 0 are [")
        .hasMessageContaining("sum to 1");
  }

  /** Of the second sequence's first latent. */
  private static Supervision distribution(float first, float second) {
    int[][][] tokens = new int[4][1][2];
    Arrays.stream(tokens).forEach(each -> Arrays.fill(each[0], NONE));
    tokens[1][0] = new int[] {1, 2};
    float[][][] shares = new float[4][1][2];
    shares[1][0] = new float[] {first, second};
    return Supervision.builder()
        .teachers(Nd4j.valueArrayOf(new long[] {4, 3}, NONE, DataType.INT32))
        .targetTokens(Nd4j.createFromArray(tokens))
        .targetProbabilities(Nd4j.createFromArray(shares))
        .build();
  }

  @Test
  void aDecoderOfStepsFitsTheModelAndIsTrained() {
    TransformerConfig config = model(Architecture.GPT2);
    TransformerConfig wider = config.toBuilder().nEmbd(8).build();
    for (LatentLoops loops : List.of(LatentLoops.FUSED, LatentLoops.UNROLLED)) {
      try (LatentTransformer model =
          LatentTransformer.create(config, Weights.initial(config, 3), loops)) {
        StepDecoder decoder = new StepDecoder(wider, Weights.initial(wider, 4));
        assertThatThrownBy(() -> model.loss(batch(), steps(decoder)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("of width 6, but its own width is 8");
      }
    }
    Weights narrow = Weights.initial(config, 4).castTo(DataType.BFLOAT16);
    assertThatThrownBy(() -> new StepDecoder(config, narrow))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("some are BFLOAT16");
    Weights floats = Weights.initial(config, 4);
    INDArray table = floats.tokenTable().castTo(DataType.DOUBLE);
    assertThatThrownBy(() -> new StepDecoder(config, floats.withTables(table, table)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one floating-point type");
  }

  private static StepSupervision steps(StepDecoder decoder) {
    return StepSupervision.builder()
        .other(Objective.CROSS_ENTROPY)
        .decoder(decoder)
        .weight(1)
        .mean(StepMean.TOKENS)
        .groupSize(1)
        .build();
  }

  /** The teacher learns nothing from the distillation, and only students have latents. */
  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "LLAMA"})
  void selfDistillation(Architecture architecture) {
    TransformerConfig config = model(architecture);
    ObjectiveChecks.assertCentralDifferences(config, weights(config, 5), batch(), distillation(0));
    Weights all = weights(config, 5);
    List<String> projection =
        Weights.names(config).stream().filter(name -> name.startsWith(PROJECTION)).toList();
    assertThat(projection).hasSize(6);
    ObjectiveChecks.assertCentralDifferences(
        config, all.withTrained(projection), batch(), distillation(2));
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "LLAMA"})
  void selfDistillationInOneRow(Architecture architecture) {
    TransformerConfig config = model(architecture);
    LatentBatch shared = sharedBatch();
    Weights all = weights(config, 5);
    ObjectiveChecks.assertCentralDifferences(config, all, shared, distillation(0));
    List<String> projection =
        Weights.names(config).stream().filter(name -> name.startsWith(PROJECTION)).toList();
    ObjectiveChecks.assertCentralDifferences(
        config, all.withTrained(projection), shared, distillation(2));
    Weights floats = Weights.initial(config, 5);
    ObjectiveChecks.assertLoopsAgree(config, floats, shared, distillation(2));
    try (LatentTransformer model = LatentTransformer.create(config, all, LatentLoops.UNROLLED);
        LossGradients together = model.gradients(shared, distillation(2));
        LossGradients apart = model.gradients(apart(shared), distillation(2))) {
      assertThat(together.getLoss()).isCloseTo(apart.getLoss(), within(1e-12));
      assertThat(ArrayDifference.between(together.getGradients(), apart.getGradients()))
          .allSatisfy(
              (name, difference) -> assertThat(difference.isWithin(1e-10)).as(name).isTrue());
    }
  }

  @ParameterizedTest
  @CsvSource({"GPT2, true, ROWS", "LLAMA, false, TOKENS"})
  void stepSupervision(Architecture architecture, boolean second, StepMean mean) {
    TransformerConfig config = model(architecture);
    TransformerConfig decoder = Architectures.of(architecture, VOCABULARY);
    StepSupervision objective =
        StepSupervision.builder()
            .other(Objective.CROSS_ENTROPY)
            .decoder(second ? new StepDecoder(decoder, weights(decoder, 11)) : null)
            .weight(0.6)
            .mean(mean)
            .groupSize(1)
            .firstPosition(1)
            .build();
    ObjectiveChecks.assertCentralDifferences(config, weights(config, 5), batch(), objective);
  }

  /** A decoder that only reads latents, since no token is predicted from a step's only one. */
  @ParameterizedTest
  @EnumSource(StepMean.class)
  void stepsOfOneToken(StepMean mean) {
    TransformerConfig config = model(Architecture.GPT2);
    int[][][] steps = {{{5}, {NONE}, {4}}, {{7}, {2}, {NONE}}};
    LatentBatch batch =
        supervised(
            Batches.of(VOCABULARY, 3, "ww***wll", ".w**wll."),
            Supervision.builder()
                .teachers(Nd4j.valueArrayOf(new long[] {2, 3}, NONE, DataType.INT32))
                .steps(Nd4j.createFromArray(steps))
                .build());
    StepSupervision objective =
        StepSupervision.builder()
            .other(Objective.CROSS_ENTROPY)
            .weight(0.6)
            .mean(mean)
            .groupSize(1)
            .firstPosition(0)
            .build();
    ObjectiveChecks.assertCentralDifferences(config, weights(config, 5), batch, objective);
    ObjectiveChecks.assertLoopsAgree(config, Weights.initial(config, 5), batch, objective);
  }
}
