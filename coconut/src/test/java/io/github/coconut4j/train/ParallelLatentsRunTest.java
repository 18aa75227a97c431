package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.Latents;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose latents, four at most, are refined together two times. */
class ParallelLatentsRunTest {

  @TempDir private Path directory;

  private final TrainingConfig config =
      TinyRuns.of(Method.COCONUT)
          .cThought(2)
          .latents(Latents.PARALLEL)
          .latentIterations(2)
          .checkpointEverySteps(2)
          .build();

  private RunDirectory files(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig own, String name) {
    return TrainingRun.builder().config(own).directory(files(name));
  }

  @Test
  void eightProblemsAreLearntByHeartAndAnsweredByTheModelThatIsLeft() throws IOException {
    TrainingConfig longer =
        config.toBuilder()
            .stageSteps(List.of(100, 60, 100))
            .batchSizeTraining(8)
            .evalEverySteps(100)
            .checkpointEverySteps(null)
            .build();
    ProblemSource source = ProblemSource.of(config.getTrainPath());
    List<ReasoningProblem> problems = source.problems(Set.of());
    List<String> expected;
    try (TrainingRun run =
        run(longer, "run")
            .problems(new ProblemSplits(problems, problems, source.names()))
            .build()) {
      run.train();
      assertThat(run.evaluate().accuracy()).isEqualTo(1);
      expected = TinyRuns.answers(run.trainedModel(), problems);
    }
    Path model = files("run").model();
    assertThat(Files.readString(model.resolve("config.json"))).doesNotContain("latent");
    for (LatentLoops loop : List.of(LatentLoops.FUSED, LatentLoops.UNROLLED)) {
      try (CoconutModel opened = CoconutModel.open(model, loop)) {
        assertThat(opened.getTransformer().getConfig().getLatentIterations()).isEqualTo(2);
        assertThat(TinyRuns.answers(opened, problems)).isEqualTo(expected);
      }
    }
  }

  @Test
  void aKilledRunEndsAsTheWholeOne() throws IOException {
    try (TrainingRun run = run(config, "whole").build()) {
      run.train();
    }
    KilledRun.kill(run(config, "cut"), 9);
    try (TrainingRun run = run(config, "cut").resume(true).build()) {
      run.train();
    }
    assertThat(files("cut").model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(files("whole").model().resolve("model.safetensors"));
  }

  @Test
  void anAdapterSaysItToo() throws IOException {
    Path base = directory.resolve("base");
    try (TrainingRun run = run(config, "fresh").build()) {
      run.trainedModel().save(base);
    }
    TrainingConfig adapted =
        config.toBuilder()
            .modelId(base.toString())
            .latentIterations(1)
            .lora(LoraSettings.builder().r(2).alpha(8.0).build())
            .build();
    try (TrainingRun run = run(adapted, "run").build()) {
      run.train();
    }
    Path merged = directory.resolve("merged");
    try (CoconutModel opened = CoconutModel.open(files("run").model())) {
      assertThat(opened.getTransformer().getConfig().getLatentIterations()).isEqualTo(1);
      opened.saveMerged(merged);
    }
    try (CoconutModel opened = CoconutModel.open(merged)) {
      assertThat(opened.getTransformer().getConfig().getLatentIterations()).isEqualTo(1);
    }
  }

  @Test
  void aTransformerOfOtherLatentsIsRefused() throws IOException {
    try (TrainingRun run = run(config, "run").build()) {
      CoconutModel model = run.trainedModel();
      CoconutConfig other = model.getConfig().toBuilder().latentIterations(3).build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.withConfig(other))
          .withMessageContainingAll("3 times", "2 times", "CoconutConfig.applyTo");
    }
  }
}
