package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.KilledRun;
import io.github.coconut4j.train.MetricsFile;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

/** A run with ND4J's updaters and schedules, with only the public API. */
class Nd4jTrainingTest {

  private static final String PROBLEMS =
      "prosqa:8:3:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath(PROBLEMS)
          .nLayer(1)
          .nEmbd(16)
          .nHead(2)
          .nPositions(64)
          .maxLatentStage(2)
          .stageSteps(List.of(2, 2, 2))
          .batchSizeTraining(4)
          .checkpointEverySteps(2)
          .build();

  @TempDir private Path directory;

  private RunDirectory whole;
  private RunDirectory cut;

  @BeforeEach
  void directories() {
    whole = new RunDirectory(directory.resolve("whole"));
    cut = new RunDirectory(directory.resolve("cut"));
  }

  private static ISchedule halvedEveryTwoUpdates() {
    return new StepSchedule(ScheduleType.ITERATION, 0.01, 0.5, 2);
  }

  private static TrainingRun.TrainingRunBuilder run(RunDirectory directory, IUpdater updater) {
    return TrainingRun.builder()
        .config(CONFIG)
        .directory(directory)
        .updater(updater)
        .schedule(halvedEveryTwoUpdates());
  }

  private void killAfter(int step, IUpdater updater) throws IOException {
    KilledRun.kill(run(cut, updater), step);
  }

  private static List<IUpdater> updaters() {
    return List.of(
        new Adam(), new AMSGrad(), new AdaGrad(), new Nesterovs(0.9), new RmsProp(), new Sgd());
  }

  @ParameterizedTest
  @MethodSource("updaters")
  void aRunResumesBitForBit(IUpdater updater) throws IOException {
    try (TrainingRun run = run(whole, updater).build()) {
      run.train();
    }
    killAfter(5, updater);
    try (TrainingRun run = run(cut, updater).resume(true).build()) {
      assertThat(run.state().getStep()).isEqualTo(4);
      run.train();
    }

    assertThat(cut.model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.model().resolve("model.safetensors"));
  }

  @Test
  void aScheduleReplacesTheConfiguredRate() throws IOException {
    try (TrainingRun run = run(whole, new Adam()).build()) {
      run.train();
    }

    List<Double> rates =
        MetricsFile.read(whole.metrics()).updates().stream().map(UpdateMetrics::getLr).toList();
    assertThat(rates).containsExactly(0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025);
  }

  /** The configuration's optimiser is Adam too where nothing decays. */
  @Test
  void adamOfNd4jTrainsAsTheConfiguredOptimizerDoes() throws IOException {
    TrainingConfig config = CONFIG.toBuilder().weightDecay(0).build();
    try (TrainingRun ours = TrainingRun.builder().config(config).directory(whole).build();
        TrainingRun nd4j =
            TrainingRun.builder().config(config).directory(cut).updater(new Adam()).build()) {
      ours.train();
      nd4j.train();
    }

    List<UpdateMetrics> expected = MetricsFile.read(whole.metrics()).updates();
    List<UpdateMetrics> actual = MetricsFile.read(cut.metrics()).updates();
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i).getLoss()).isCloseTo(expected.get(i).getLoss(), within(1e-4));
    }
  }

  @Test
  void anotherUpdaterDoesNotContinueTheRun() throws IOException {
    killAfter(3, new Adam());

    assertThatThrownBy(() -> run(cut, new Nesterovs(0.9)).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the updater it began with")
        .hasMessageContaining("Adam[")
        .hasMessageContaining("Nesterovs[");
    assertThatThrownBy(() -> run(cut, new Adam(1e-3, 0.8, 0.999, 1e-8)).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("beta1=0.9")
        .hasMessageContaining("beta1=0.8");
    assertThatThrownBy(() -> run(cut, null).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is now the configuration's");
  }

  @Test
  void anotherScheduleDoesNotContinueTheRun() throws IOException {
    killAfter(3, new Adam());
    ISchedule other =
        new MapSchedule.Builder(ScheduleType.ITERATION).add(0, 0.01).add(4, 0.001).build();

    assertThatThrownBy(() -> run(cut, new Adam()).schedule(other).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the schedule it began with")
        .hasMessageContaining("StepSchedule[")
        .hasMessageContaining("MapSchedule[");
  }

  /** What an anonymous class has captured is as much a part of it as a field. */
  @Test
  void anotherCapturedRateDoesNotContinueTheRun() throws IOException {
    TrainingRun.TrainingRunBuilder builder = TrainingRun.builder().config(CONFIG).directory(cut);
    try (TrainingRun run = builder.schedule(constant(1e-3)).build()) {
      run.train();
    }

    assertThatThrownBy(() -> builder.schedule(constant(2e-3)).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("0.001")
        .hasMessageContaining("0.002");
    try (TrainingRun run = builder.schedule(constant(1e-3)).resume(true).build()) {
      assertThat(run.isFinished()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, -1e-3, Double.POSITIVE_INFINITY})
  void aRateThatIsNoneEndsTheRunBeforeItsUpdate(double rate) throws IOException {
    try (TrainingRun run =
        TrainingRun.builder().config(CONFIG).directory(whole).schedule(constant(rate)).build()) {
      assertThatThrownBy(run::train)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("A schedule needs to give a finite rate")
          .hasMessageContaining("for update 1");
    }
  }

  private static ISchedule constant(double rate) {
    Path beside = Path.of("a field of the JDK's");
    return new ISchedule() {
      @Override
      public double valueAt(int iteration, int epoch) {
        return beside.isAbsolute() ? 0 : rate;
      }

      @Override
      public ISchedule clone() {
        return this;
      }
    };
  }

  @Test
  void theCheckpointSaysWhatMovedTheParameters() throws IOException {
    killAfter(3, new Adam());

    assertThat(Files.readString(cut.checkpoints().resolve("step-2/checkpoint.json")))
        .contains("org.nd4j.linalg.learning.config.Adam[")
        .contains("org.nd4j.linalg.schedule.StepSchedule[")
        .contains("decayRate=0.5");
  }
}
