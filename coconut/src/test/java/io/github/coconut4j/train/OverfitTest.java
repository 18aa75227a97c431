package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model learns 8 problems by heart with every method, through every stage. */
class OverfitTest {

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CODI", "PCCOT"}) // without stages, in ObjectiveRunTest
  void learnsEightProblemsByHeart(Method method) throws IOException {
    TrainingConfig config =
        TinyRuns.of(method)
            .stageSteps(List.of(100, 60, 100))
            .batchSizeTraining(8)
            .evalEverySteps(100)
            .build();
    ProblemSource source = ProblemSource.of(config.getTrainPath());
    List<ReasoningProblem> problems = source.problems(Set.of());
    try (TrainingRun run =
        TrainingRun.builder()
            .config(config)
            .directory(new RunDirectory(directory))
            .problems(new ProblemSplits(problems, problems, source.names()))
            .build()) {
      run.train();
      Evaluation evaluation = run.evaluate();

      assertThat(evaluation.accuracy()).isEqualTo(1);
      assertThat(stages()).isEqualTo(method.isStaged() ? Set.of(0, 1, 2) : Set.of(0));
      if (method == Method.COT) {
        assertThat(evaluation.chainMatch()).isEqualTo(1);
      }
    }
  }

  private Set<Integer> stages() throws IOException {
    return MetricsFile.read(new RunDirectory(directory).metrics()).updates().stream()
        .map(UpdateMetrics::getStage)
        .collect(Collectors.toSet());
  }
}
