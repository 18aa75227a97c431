package io.github.coconut4j.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.latent.ObjectiveInputs;
import io.github.coconut4j.train.GradientSource;
import io.github.coconut4j.train.MetricsFile;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import lombok.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** A run with a custom objective and gradient source, with only the public API. */
class ObjectiveTrainingTest {

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath("prosqa:8:3:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9")
          .valPath("prosqa:4:4:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9")
          .nLayer(1)
          .nEmbd(16)
          .nHead(2)
          .nPositions(64)
          .maxLatentStage(2)
          .stageSteps(List.of(2, 2, 2))
          .batchSizeTraining(2)
          .gradientAccumulationSteps(2)
          .checkpointEverySteps(2)
          .build();

  /** A multiple of the cross-entropy: its optimum is the same, its loss and gradients are not. */
  @Value
  private static class Scaled implements Objective {

    double factor;

    @Override
    public SDVariable loss(ObjectiveInputs inputs) {
      return Objective.CROSS_ENTROPY.loss(inputs).mul(factor);
    }

    @Override
    public Targets targets(LatentBatch batch) {
      return Objective.CROSS_ENTROPY.targets(batch);
    }
  }

  /** Two processes, here one after the other, that compute a half each and join their gradients. */
  private record TwoProcesses(GradientSource own) implements GradientSource {

    @Override
    public LossGradients gradients(List<MultiDataSet> batches, Dropout dropout) {
      assertThat(batches).hasSize(2);
      Dropout next = dropout.after(LatentBatch.of(batches.get(0)).sequences());
      try (LossGradients second = own.gradients(batches.subList(1, 2), next)) {
        LossGradients first = own.gradients(batches.subList(0, 1), dropout);
        int count = first.getCount() + second.getCount();
        Map<String, INDArray> sums = first.getGradients();
        sums.forEach(
            (name, sum) ->
                sum.muli(first.getCount())
                    .addi(second.getGradients().get(name).mul(second.getCount()))
                    .divi(count));
        double loss =
            (first.getLoss() * first.getCount() + second.getLoss() * second.getCount()) / count;
        return new LossGradients(loss, count, sums, lent -> first.close());
      }
    }
  }

  @TempDir private Path directory;

  private RunDirectory run(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private static void train(TrainingRun.TrainingRunBuilder builder) throws IOException {
    try (TrainingRun run = builder.config(CONFIG).build()) {
      run.train();
    }
  }

  @Test
  void theObjectiveIsMinimizedAndReported() throws IOException {
    RunDirectory plain = run("plain");
    RunDirectory scaled = run("scaled");
    train(TrainingRun.builder().directory(plain));
    train(TrainingRun.builder().directory(scaled).objective(new Scaled(3)));

    var expected = MetricsFile.read(plain.metrics());
    var actual = MetricsFile.read(scaled.metrics());
    double first = expected.updates().get(0).getLoss();
    assertThat(actual.updates().get(0).getLoss() / first).isCloseTo(3, within(1e-4));
    double validation = expected.evaluations().get(0).getEvalLoss();
    assertThat(actual.evaluations().get(0).getEvalLoss() / validation).isCloseTo(3, within(0.1));
  }

  @Test
  void anotherObjectiveDoesNotContinueTheRun() throws IOException {
    RunDirectory directory = run("run");
    train(TrainingRun.builder().directory(directory).objective(new Scaled(2)));

    assertThatThrownBy(() -> train(TrainingRun.builder().directory(directory).resume(true)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the objective it began with")
        .hasMessageContaining("factor=2.0");
    try (TrainingRun same =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(directory)
            .objective(new Scaled(2))
            .resume(true)
            .build()) {
      assertThat(same.isFinished()).isTrue();
    }
  }

  @Test
  void gradientsOfTwoProcessesAreThoseOfOne() throws IOException {
    RunDirectory alone = run("alone");
    RunDirectory group = run("group");
    Map<String, INDArray> expected = trained(TrainingRun.builder().directory(alone));
    Map<String, INDArray> actual =
        trained(TrainingRun.builder().directory(group).gradientSource(TwoProcesses::new));

    assertThat(ArrayDifference.between(actual, expected))
        .allSatisfy(
            (name, difference) ->
                assertThat(difference).matches(d -> d.isWithin(1e-5), "within 1e-5"));
  }

  private static Map<String, INDArray> trained(TrainingRun.TrainingRunBuilder builder)
      throws IOException {
    TrainingConfig config = CONFIG.toBuilder().weightDecay(0).lr(1e-4).dropout(0.2).build();
    try (TrainingRun run = builder.config(config).build()) {
      run.train();
      return run.trainedModel().getTransformer().getWeights().castTo(DataType.DOUBLE).asMap();
    }
  }

  @Test
  void gradientsMayComeInAMapThatCannotBeChanged() throws IOException {
    train(
        TrainingRun.builder()
            .directory(run("copied"))
            .gradientSource(
                own ->
                    (batches, dropout) -> {
                      LossGradients first = own.gradients(batches, dropout);
                      return new LossGradients(
                          first.getLoss(),
                          first.getCount(),
                          Map.copyOf(first.getGradients()),
                          lent -> first.close());
                    }));

    assertThat(MetricsFile.read(run("copied").metrics()).updates()).hasSize(6);
  }

  @Test
  void aSourceWithoutGradientsEndsTheRun() {
    GradientSource none = (batches, dropout) -> null;
    assertRefused(own -> none, "its source gave null");
    assertRefused(
        own ->
            (batches, dropout) -> {
              LossGradients gradients = own.gradients(batches, dropout);
              gradients.close();
              return gradients;
            },
        "closed them before");
    assertRefused(own -> null, "gradientSource");
  }

  private void assertRefused(UnaryOperator<GradientSource> source, String message) {
    assertThatThrownBy(
            () -> train(TrainingRun.builder().directory(run("none")).gradientSource(source)))
        .isInstanceOfAny(IllegalStateException.class, IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aRunNeedsItsConfigurationAndDirectory() {
    assertThatThrownBy(() -> TrainingRun.builder().directory(run("none")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("config");
    assertThatThrownBy(() -> TrainingRun.builder().config(CONFIG).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("directory");
  }
}
