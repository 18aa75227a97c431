package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.EarlyStoppingSettings;
import io.github.coconut4j.config.StoppingMetric;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run ends once evaluations no longer get better, and where it would have ended if resumed. */
class EarlyStoppingTest {

  /** An evaluation each update, twelve in all; the third epoch begins with the fifth. */
  private static final TrainingConfig CONFIG =
      TinyRuns.of(Method.COCONUT).evalEverySteps(1).evalLimit(2).maxNewTokens(1).lr(0).build();

  private static final EarlyStoppingSettings PATIENT =
      EarlyStoppingSettings.builder().patience(3).metric(StoppingMetric.ACCURACY).build();

  @TempDir private Path directory;

  private RunDirectory whole;
  private RunDirectory cut;

  @BeforeEach
  void directories() {
    whole = new RunDirectory(directory.resolve("whole"));
    cut = new RunDirectory(directory.resolve("cut"));
  }

  private static TrainingRun.TrainingRunBuilder run(
      RunDirectory directory, EarlyStoppingSettings settings) {
    return TrainingRun.builder()
        .config(CONFIG.toBuilder().earlyStopping(settings).build())
        .directory(directory);
  }

  private static List<EvaluationMetrics> evaluations(double... losses) {
    List<EvaluationMetrics> evaluations = new ArrayList<>();
    for (double loss : losses) {
      evaluations.add(
          EvaluationMetrics.builder()
              .evalLoss(loss)
              .evalAccuracy(1 / (1 + loss))
              .evalChainMatch(1 / (2 + loss))
              .build());
    }
    return evaluations;
  }

  /** The evaluation that ends a run, from 1, or 0. */
  private static int end(TerminationCondition condition, List<EvaluationMetrics> evaluations) {
    condition.initialize();
    for (int i = 0; i < evaluations.size(); i++) {
      if (condition.terminate(evaluations.get(i))) {
        return i + 1;
      }
    }
    return 0;
  }

  /** Ends of Deeplearning4j's ScoreImprovementEpochTerminationCondition for the same losses. */
  @ParameterizedTest
  @CsvSource({"1, 0, 4", "2, 0, 7", "3, 0, 0", "1, 0.15, 3", "2, 0.15, 4", "3, 0.15, 0"})
  void endsWhereDeeplearning4jDoes(int patience, double minDelta, int end) {
    List<EvaluationMetrics> evaluations = evaluations(1, 0.8, 0.7, 0.75, 0.6, 0.6, 0.65);

    EarlyStoppingSettings.EarlyStoppingSettingsBuilder settings =
        EarlyStoppingSettings.builder().patience(patience).minDelta(minDelta);
    ScoreImprovementCondition condition =
        new ScoreImprovementCondition(settings.metric(StoppingMetric.LOSS).build());
    assertThat(end(condition, evaluations)).isEqualTo(end);
    assertThat(end(condition, evaluations)).as("initialized again").isEqualTo(end);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACCURACY", "CHAIN_MATCH", "LOSS"})
  void everyMetricKnowsWhatIsBetter(StoppingMetric metric) {
    EarlyStoppingSettings settings =
        EarlyStoppingSettings.builder().patience(2).metric(metric).build();

    assertThat(
            end(new ScoreImprovementCondition(settings), evaluations(1, 0.8, 0.9, 0.7, 0.8, 0.7)))
        .isEqualTo(6);
  }

  @Test
  void aLossThatIsNoNumberIsNoImprovementAndHidesNone() {
    EarlyStoppingSettings settings =
        EarlyStoppingSettings.builder().patience(2).metric(StoppingMetric.LOSS).build();
    double nan = Double.NaN;

    assertThat(end(new ScoreImprovementCondition(settings), evaluations(nan, 1, nan, 0.5, nan, 1)))
        .isEqualTo(6);
    assertThat(end(new ScoreImprovementCondition(settings), evaluations(nan, nan))).isEqualTo(2);
  }

  @Test
  void endsARunWithItsModelAndACheckpoint() throws IOException {
    try (TrainingRun run = run(whole, PATIENT).build()) {
      run.train();

      assertThat(run.state().getStep()).isEqualTo(4); // the first is the best
      assertThat(run.isFinished()).isTrue();
      assertThat(run.isStoppedEarly()).isTrue();
    }
    assertThat(MetricsFile.read(whole.metrics()).updates()).hasSize(4);
    assertThat(whole.model().resolve("model.safetensors")).exists();
    assertThat(whole.checkpoints().resolve("step-4")).isDirectory();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aKilledRunEndsAtTheSameUpdate(int step) throws IOException {
    TrainingConfig config =
        CONFIG.toBuilder()
            .lr(5e-3)
            .checkpointEverySteps(1)
            .earlyStopping(
                EarlyStoppingSettings.builder()
                    .patience(3)
                    .metric(StoppingMetric.LOSS)
                    .minDelta(0.5)
                    .build())
            .build();
    try (TrainingRun run = TrainingRun.builder().config(config).directory(whole).build()) {
      run.train();
      assertThat(run.isStoppedEarly()).isTrue();
    }

    KilledRun.kill(TrainingRun.builder().config(config).directory(cut), step);
    try (TrainingRun run =
        TrainingRun.builder().config(config).directory(cut).resume(true).build()) {
      run.train();
    }

    assertThat(MetricsFile.read(cut.metrics()).updates())
        .hasSameSizeAs(MetricsFile.read(whole.metrics()).updates());
    assertThat(cut.model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.model().resolve("model.safetensors"));
  }

  @Test
  void aRunThatEndedEarlyStaysEndedAndGoesOnWithMorePatience() throws IOException {
    try (TrainingRun run = run(whole, PATIENT).build()) {
      run.train();
    }
    try (TrainingRun again = run(whole, PATIENT).resume(true).build()) {
      assertThat(again.isFinished()).isTrue();
      again.train();
      assertThat(again.state().getStep()).isEqualTo(4);
    }
    try (TrainingRun more =
        run(whole, PATIENT.toBuilder().patience(6).build()).resume(true).build()) {
      more.train();
      assertThat(more.state().getStep()).isEqualTo(7);
    }
    try (TrainingRun all = run(whole, null).resume(true).build()) {
      all.train();
      assertThat(all.isStoppedEarly()).isFalse();
    }
    assertThat(MetricsFile.read(whole.metrics()).updates())
        .extracting(UpdateMetrics::getStep)
        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  }

  /** Counts evaluations; a resumed run passes it the earlier ones again. */
  private static final class AtEvaluation implements TerminationCondition {

    private final int last;
    private int seen;

    AtEvaluation(int last) {
      this.last = last;
    }

    @Override
    public void initialize() {
      seen = 0;
    }

    @Override
    public boolean terminate(EvaluationMetrics evaluation) {
      return ++seen >= last;
    }
  }

  @Test
  void conditionsFromJavaSeeEveryEvaluationOnce() throws IOException {
    TrainingConfig config = CONFIG.toBuilder().checkpointEverySteps(2).build();
    KilledRun.kill(
        TrainingRun.builder()
            .config(config)
            .directory(cut)
            .terminationCondition(new AtEvaluation(5)),
        4);
    TerminationCondition condition = new AtEvaluation(5);
    try (TrainingRun run =
        TrainingRun.builder()
            .config(config)
            .directory(cut)
            .terminationCondition(evaluation -> false)
            .terminationCondition(condition)
            .resume(true)
            .build()) {
      run.train();

      assertThat(run.state().getStep()).isEqualTo(5);
      assertThat(run.isStoppedEarly()).isTrue();
    }
  }

  @Test
  void aLostFileOfMetricsIsSaid() throws IOException {
    try (TrainingRun run = run(whole, PATIENT).build()) {
      run.train();
    }
    Files.writeString(whole.metrics(), Files.readAllLines(whole.metrics()).get(0) + "\n");

    assertThatThrownBy(() -> run(whole, PATIENT).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Early stopping needs all evaluations")
        .hasMessageContaining("only 1 of the 8 lines");
  }

  @Test
  void aConditionNeedsProblemsToEvaluateOn() throws IOException {
    try (TrainingRun run = run(whole, PATIENT).build()) {
      run.train();
    }

    assertThatThrownBy(
            () ->
                TrainingRun.builder()
                    .config(CONFIG.toBuilder().valPath(null).build())
                    .directory(whole)
                    .terminationCondition(evaluation -> true)
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("A termination condition needs problems");
    assertThat(whole.checkpoints()).as("of the run that would be replaced").isNotEmptyDirectory();
  }

  private static TrainingConfig parse(String settings) {
    return ConfigFile.parse(
            "test.yaml",
            "method: coconut\ntrain_path: prosqa:8:3\nval_path: prosqa:8:4\n" + settings)
        .toTrainingConfig();
  }

  @Test
  void readsItsSettings() {
    assertThat(parse("early_stopping: {patience: 2, metric: loss, min_delta: 0.01}\n"))
        .extracting(TrainingConfig::getEarlyStopping)
        .isEqualTo(
            EarlyStoppingSettings.builder()
                .patience(2)
                .metric(StoppingMetric.LOSS)
                .minDelta(0.01)
                .build());
    assertThat(parse("early_stopping.patience: 4\n").getEarlyStopping())
        .isEqualTo(EarlyStoppingSettings.builder().patience(4).build());
    TrainingConfig config = parse("early_stopping: {patience: 2}\n");
    assertThat(ConfigFile.parse("again", ConfigFile.toYaml(config)).toTrainingConfig())
        .isEqualTo(config);
  }

  @Test
  void itsSettingsNeedProblemsToEvaluateOn() {
    assertThatThrownBy(() -> CONFIG.toBuilder().valPath(null).earlyStopping(PATIENT).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`val_path` is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "early_stopping: {}                             | `early_stopping.patience` needs",
        "early_stopping: {patience: 0}                  | of at least 1 but is 0",
        "early_stopping: {patience: 1.5}                | `early_stopping.patience` needs a whole number",
        "early_stopping: {patience: 2, min_delta: -1}   | `early_stopping.min_delta` needs",
        "early_stopping: {patience: 2, metric: rank}    | `early_stopping.metric` needs one of accuracy, chain_match, loss",
        "early_stopping: {patience: 2, metric: null}    | `early_stopping.metric` needs",
        "early_stopping: {patienc: 2}                   | early_stopping.patienc",
        "early_stopping: 3                              | early_stopping",
      })
  void refusesWhatCannotBe(String settings, String message) {
    assertThatThrownBy(() -> parse(settings + "\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }
}
