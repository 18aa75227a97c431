package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.LrSchedule;
import io.github.coconut4j.config.ResetOptimizer;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A stage ends once its evaluation is accurate enough, and at its number of updates at the latest.
 */
class DepthGateTest {

  /** Eight, two updates of four each, all with the same answer. */
  private static final ProblemSplits PROBLEMS = problems();

  @TempDir private Path directory;

  private static ProblemSplits problems() {
    List<ReasoningProblem> problems =
        Stream.of("a", "b", "c", "d", "e", "f", "g", "h")
            .map(
                name ->
                    new ReasoningProblem(
                        "Is " + name + " it ?", List.of("It is " + name + " ."), "Yes", null))
            .toList();
    return new ProblemSplits(problems, problems, ProsQaNames.published());
  }

  private static TrainingConfig.TrainingConfigBuilder gated() {
    return TinyRuns.of(Method.COCONUT).depthGate(0.6);
  }

  /** A state in some stage; the schedule asks for no more. */
  private static TrainingState at(int epoch, int step, int stage) {
    return TrainingState.builder().epoch(epoch).step(step).batch(1).stage(stage).build();
  }

  private static TrainingState pass(StageSchedule schedule, TrainingState state) {
    assertThat(schedule.evaluated(state, 0.59)).isEqualTo(state);
    TrainingState passed = schedule.evaluated(state, 0.6);
    assertThat(passed.isGatePassed()).isTrue();
    return schedule.epochEnded(passed.afterEpoch());
  }

  @Test
  void stagesOfUpdatesAreCutShort() {
    StageSchedule schedule =
        new StageSchedule(gated().stageSteps(List.of(10, 20, 30)).maxSteps(38).build(), 5);
    TrainingState second = pass(schedule, at(0, 4, 0));
    assertThat(second.scheduledStep()).isEqualTo(10);
    assertThat(schedule.stage(second)).isEqualTo(1);

    TrainingState inSecond = second.withStage(1).withStep(23); // 19 of its updates
    assertThat(schedule.stage(inSecond)).isEqualTo(1);
    assertThat(schedule.stage(inSecond.withStep(24))).isEqualTo(2); // no later than that
    TrainingState third = pass(schedule, inSecond);
    assertThat(third.scheduledStep()).isEqualTo(30);

    TrainingState last = third.withStage(2);
    assertThat(schedule.evaluated(last, 1)).isEqualTo(last); // nothing comes after it
    assertThat(schedule.isOver(last.withStep(37))).isFalse();
    assertThat(schedule.isOver(last.withStep(38))).isTrue(); // updates that were done
    assertThat(schedule.totalSteps(at(0, 4, 0))).isEqualTo(38);
    assertThat(schedule.totalSteps(last)).isEqualTo(38);
    assertThat(schedule.scheduledSteps(last))
        .isEqualTo(38 + 7); // 30 of the schedule were reached with 23
  }

  @Test
  void stagesOfEpochsAreCutShort() {
    StageSchedule schedule =
        new StageSchedule(
            gated().stageSteps(null).epochsPerStage(5).numEpochs(40).maxLatentStage(2).build(), 6);
    TrainingState second = pass(schedule, at(1, 9, 0));
    assertThat(second.getEpoch()).isEqualTo(2);
    assertThat(second.scheduledEpoch()).isEqualTo(5);
    assertThat(second.scheduledStep()).isEqualTo(5 * 6);
    TrainingState atItsEnd = second.withEpoch(second.getEpoch() + 4).withStage(1); // its last epoch
    assertThat(schedule.stage(atItsEnd)).isEqualTo(1);
    TrainingState third = pass(schedule, atItsEnd);
    assertThat(third.scheduledEpoch()).isEqualTo(10);
    assertThat(third.getSkippedEpochs()).isEqualTo(second.getSkippedEpochs());

    TrainingState allSteps = pass(schedule, third.withStage(2)).withStage(3);
    assertThat(schedule.stage(allSteps)).isEqualTo(3);
    assertThat(schedule.evaluated(allSteps, 1)).isEqualTo(allSteps); // later stages are as this
  }

  private RunDirectory files(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig config, String name) {
    return TrainingRun.builder().config(config).directory(files(name)).problems(PROBLEMS);
  }

  private List<UpdateMetrics> updates(String name) throws IOException {
    return MetricsFile.read(files(name).metrics()).updates();
  }

  private List<Integer> stages(String name) throws IOException {
    return updates(name).stream().map(UpdateMetrics::getStage).toList();
  }

  private static List<Integer> stages(int... updates) {
    List<Integer> stages = new ArrayList<>();
    for (int stage = 0; stage < updates.length; stage++) {
      for (int update = 0; update < updates[stage]; update++) {
        stages.add(stage);
      }
    }
    return stages;
  }

  private void train(TrainingConfig config, String name) throws IOException {
    try (TrainingRun run = run(config, name).build()) {
      run.train();
      assertThat(run.isFinished()).isTrue();
    }
  }

  /** A model that has learnt to answer. */
  private Path learnt() throws IOException {
    TrainingConfig answers =
        TinyRuns.of(Method.COCONUT)
            .curriculum(false)
            .stageSteps(List.of(40))
            .batchSizeTraining(8)
            .evalEverySteps(40)
            .build();
    try (TrainingRun run = run(answers, "learnt").build()) {
      run.train();
      assertThat(run.evaluate().accuracy()).isEqualTo(1);
    }
    return files("learnt").model();
  }

  /** Two updates an epoch; every evaluation asks the model as it was trained. */
  @Test
  void stagesEndAtTheFirstEvaluationThatIsGoodEnough() throws IOException {
    TrainingConfig config =
        gated()
            .loadModelPath(learnt().toString())
            .stageSteps(List.of(50, 50, 9))
            .evalLatents(2)
            .evalEverySteps(3)
            .lr(1e-6)
            .lrSchedule(LrSchedule.LINEAR)
            .resetOptimizer(ResetOptimizer.STAGE)
            .checkpointEverySteps(1)
            .build();
    train(config, "gated");
    assertThat(stages("gated")).isEqualTo(stages(3, 3, 9));
    assertThat(updates("gated").get(3).getEpoch()).isEqualTo(2); // the second was cut short
    WarmupSchedule schedule =
        WarmupSchedule.builder().peak(1e-6).totalSteps(109).shape(LrSchedule.LINEAR).build();
    assertThat(updates("gated").get(3).getLr()).isEqualTo(schedule.valueAt(50, 0));

    for (int step : new int[] {3, 4, 5}) { // before, after and behind the first gate
      KilledRun.kill(run(config, "cut"), step);
      try (TrainingRun run = run(config, "cut").resume(true).build()) {
        run.train();
      }
      assertThat(stages("cut")).isEqualTo(stages(3, 3, 9));
      assertThat(files("cut").model().resolve("model.safetensors"))
          .hasSameBinaryContentAs(files("gated").model().resolve("model.safetensors"));
    }
    train(config.toBuilder().evalEverySteps(null).build(), "epochs");
    assertThat(stages("epochs")).isEqualTo(stages(2, 2, 9));
  }

  private static double linear(int update, int updates) {
    return WarmupSchedule.builder()
        .peak(1e-6)
        .totalSteps(updates)
        .shape(LrSchedule.LINEAR)
        .build()
        .valueAt(update, 0);
  }

  private List<Double> rates(String name) throws IOException {
    return updates(name).stream().map(UpdateMetrics::getLr).toList();
  }

  /** Two updates an epoch, three epochs a stage. */
  @Test
  void theDecayEndsWithTheRunThatSkipsEpochs() throws IOException {
    TrainingConfig config =
        gated()
            .loadModelPath(learnt().toString())
            .stageSteps(null)
            .epochsPerStage(3)
            .numEpochs(9)
            .evalLatents(2)
            .evalEverySteps(null)
            .lr(1e-6)
            .lrSchedule(LrSchedule.LINEAR)
            .build();
    train(config, "epochs");
    assertThat(rates("epochs")) // an epoch, an epoch, and a whole stage
        .isEqualTo(
            IntStream.of(0, 1, 6, 7, 12, 13, 14, 15, 16, 17).mapToObj(i -> linear(i, 18)).toList());

    train(config.toBuilder().evalEverySteps(3).build(), "cut"); // in the middle of an epoch
    assertThat(rates("cut"))
        .isEqualTo(
            IntStream.of(0, 1, 2, 6, 7, 8, 12, 13, 14, 15, 16, 17)
                .mapToObj(i -> linear(i, 18))
                .toList());
  }

  @Test
  void theDecayEndsWithTheLastOfMaxSteps() throws IOException {
    TrainingConfig config =
        gated()
            .loadModelPath(learnt().toString())
            .stageSteps(List.of(50, 50, 9))
            .maxSteps(9)
            .evalLatents(2)
            .evalEverySteps(3)
            .lr(1e-6)
            .lrSchedule(LrSchedule.LINEAR)
            .build();
    train(config, "limited");
    assertThat(rates("limited"))
        .containsExactly(
            linear(0, 9),
            linear(1, 9),
            linear(2, 9),
            linear(50, 9 + 47),
            linear(51, 9 + 47),
            linear(52, 9 + 47),
            linear(100, 9 + 47 + 47),
            linear(101, 9 + 47 + 47),
            linear(102, 9 + 47 + 47));
  }

  @Test
  void aGateThatIsNotReachedChangesNothing() throws IOException {
    TrainingConfig config = gated().depthGate(null).build();
    train(config, "plain");
    train(config.toBuilder().depthGate(1.0).build(), "gated");

    assertThat(stages("gated")).isEqualTo(stages(4, 3, 5));
    assertThat(CheckpointManifest.JSON.writeValueAsString(TrainingState.start(0)))
        .doesNotContain("gate", "skipped");
    assertThat(files("gated").model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(files("plain").model().resolve("model.safetensors"));
  }
}
