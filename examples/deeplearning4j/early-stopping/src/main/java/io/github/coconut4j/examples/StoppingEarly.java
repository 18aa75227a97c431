package io.github.coconut4j.examples;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TerminationCondition;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.earlystopping.termination.EpochTerminationCondition;
import org.deeplearning4j.earlystopping.termination.ScoreImprovementEpochTerminationCondition;

/** Ends a run when two evaluations have brought no lower loss. Its rate is 0, so that none does. */
final class StoppingEarly {

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COT)
          .trainPath("prosqa-balanced:40:1:nodes=10,min_steps=2,max_steps=2")
          .valPath("prosqa-balanced:8:2:nodes=10,min_steps=2,max_steps=2")
          .nLayer(1)
          .nEmbd(32)
          .nHead(2)
          .stageSteps(List.of(40))
          .evalEverySteps(2)
          .maxNewTokens(8)
          .lr(0)
          .build();

  /** A condition of Deeplearning4j's, over the losses of the evaluations. */
  private static final class Theirs implements TerminationCondition {

    private final EpochTerminationCondition condition =
        new ScoreImprovementEpochTerminationCondition(2);
    private int evaluations;

    @Override
    public void initialize() {
      condition.initialize();
      evaluations = 0;
    }

    @Override
    public boolean terminate(EvaluationMetrics evaluation) {
      return condition.terminate(evaluations++, evaluation.getEvalLoss(), true);
    }
  }

  private StoppingEarly() {}

  public static void main(String[] args) throws IOException {
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(new RunDirectory(Path.of(args[0])))
            .terminationCondition(new Theirs())
            .build()) {
      run.train();
      System.out.printf(
          "%s after %d updates%n",
          run.isStoppedEarly() ? "stopped" : "finished", run.state().getStep());
    }
  }
}
