package io.github.coconut4j.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.latent.Objective.Targets;
import io.github.coconut4j.model.latent.ObjectiveInputs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Objectives that break their contract are refused alike by both loops, not half obeyed. */
class ObjectiveContractTest {

  private static final TransformerConfig CONFIG =
      TransformerConfig.builder().vocabSize(11).nPositions(8).nEmbd(8).nLayer(1).nHead(2).build();

  private static final Weights WEIGHTS = Weights.initial(CONFIG, 7);

  /** The cross-entropy, changed. */
  private record Changed(Function<ObjectiveInputs, SDVariable> loss, UnaryOperator<Targets> targets)
      implements Objective {

    static Changed targets(UnaryOperator<Targets> targets) {
      return new Changed(CROSS_ENTROPY::loss, targets);
    }

    static Changed queried(int... queried) {
      return targets(right -> new Targets(queried, right.placeholders(), right.count()));
    }

    static Changed placeholder(String name, INDArray value) {
      return targets(
          right -> {
            Map<String, INDArray> values = new HashMap<>(right.placeholders());
            values.put(name, value);
            return new Targets(right.queried(), values, right.count());
          });
    }

    static Changed loss(Function<ObjectiveInputs, SDVariable> loss) {
      return new Changed(loss, UnaryOperator.identity());
    }

    @Override
    public SDVariable loss(ObjectiveInputs inputs) {
      return loss.apply(inputs);
    }

    @Override
    public Targets targets(LatentBatch batch) {
      return targets.apply(CROSS_ENTROPY.targets(batch));
    }
  }

  /** Two sequences with a latent at time step 2, labels at the last two. */
  private static LatentBatch batch() {
    int no = LatentBatch.IGNORED_LABEL;
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(new int[][] {{1, 2, 3, 4, 5}, {0, 9, 8, 7, 6}}))
        .positionIds(Nd4j.createFromArray(new int[][] {{0, 1, 2, 3, 4}, {0, 0, 1, 2, 3}}))
        .attentionMask(Nd4j.createFromArray(new int[][] {{1, 1, 1, 1, 1}, {0, 1, 1, 1, 1}}))
        .latentMask(Nd4j.createFromArray(new int[][] {{0, 0, 1, 0, 0}, {0, 0, 1, 0, 0}}))
        .labels(Nd4j.createFromArray(new int[][] {{no, no, no, 4, 5}, {no, no, no, 7, 6}}))
        .build();
  }

  private static LatentTransformer model(LatentLoops loop) {
    return LatentTransformer.create(CONFIG, WEIGHTS, loop);
  }

  private static void assertRefused(LatentLoops loop, Objective objective, String... message) {
    LatentBatch batch = batch();
    try (LatentTransformer model = model(loop)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.loss(batch, objective))
          .withMessageContainingAll(message)
          .withMessageEndingWith(".");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.gradients(batch, objective))
          .withMessageContainingAll(message);
      assertThat(model.loss(batch)).isFinite().isPositive();
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void targetsHaveThePlaceholdersOfTheLossAndNoOthers(LatentLoops loop) {
    INDArray values = Nd4j.zeros(DataType.INT32, 2, 5);
    for (String name :
        List.of(
            "input_ids",
            "position_ids",
            "attention_mask",
            "latent_mask",
            "queried_positions",
            "attention_bias",
            "hidden",
            "loss",
            "transformer.wte.weight",
            "unknown")) {
      assertRefused(loop, Changed.placeholder(name, values), "[label_tokens]", name);
    }
    assertRefused(
        loop,
        Changed.targets(right -> new Targets(right.queried(), Map.of(), right.count())),
        "[label_tokens]",
        "those of []");
    assertRefused(loop, Changed.placeholder("label_tokens", null), "label_tokens is null");
    INDArray closed = Nd4j.zeros(DataType.INT32, 4);
    closed.close();
    assertRefused(loop, Changed.placeholder("label_tokens", closed), "label_tokens was closed");
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void queriedPositionsAscendWithinTheBatch(LatentLoops loop) {
    assertRefused(loop, Changed.queried(2, 3, 8, 7), "must ascend", "found 7 after 8");
    assertRefused(loop, Changed.queried(2, 3, 3, 8), "must ascend", "found 3 after 3");
    assertRefused(loop, Changed.queried(-1, 3, 7, 8), "from 0 to 9", "found -1");
    assertRefused(loop, Changed.queried(2, 3, 7, 10), "from 0 to 9", "found 10");
    assertRefused(loop, Changed.queried(), "at least one");
    assertRefused(loop, Changed.targets(right -> null), "targets are null");
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void aMeanIsOverAnItemAtLeast(LatentLoops loop) {
    assertRefused(
        loop,
        Changed.targets(right -> new Targets(right.queried(), right.placeholders(), 0)),
        "count of at least 1",
        "and 0.");
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void theLossIsAScalarOfTheGraph(LatentLoops loop) {
    assertRefused(loop, Changed.loss(inputs -> null), "is null");
    assertRefused(
        loop, Changed.loss(inputs -> SameDiff.create().constant(1f)), "one of another graph");
    Objective vector =
        Changed.loss(
            inputs -> {
              SDVariable hidden = inputs.getHidden();
              return Objective.CROSS_ENTROPY.loss(inputs).add(hidden.mul(hidden).mean(1));
            });
    assertRefused(loop, vector, "must be a scalar", "[4]");
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void aPlaceholderIsNotNamedLikeOneOfTheModels(LatentLoops loop) {
    for (String name : List.of("input_ids", "queried_positions", "transformer.wte.weight")) {
      Objective objective =
          Changed.loss(
              inputs -> {
                SDVariable loss = Objective.CROSS_ENTROPY.loss(inputs);
                return loss.add(inputs.getGraph().placeHolder(name, DataType.FLOAT, 1));
              });
      assertRefused(loop, objective, name);
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void theLossMayHaveAName(LatentLoops loop) {
    try (LatentTransformer model = model(loop)) {
      double expected = model.loss(batch());
      for (String name : List.of("loss", "cross_entropy")) {
        Objective objective =
            Changed.loss(inputs -> Objective.CROSS_ENTROPY.loss(inputs).mul(name, 3));
        assertThat(model.loss(batch(), objective)).as(name).isCloseTo(3 * expected, within(1e-4));
        model.gradients(batch(), objective).close();
      }
    }
  }
}
