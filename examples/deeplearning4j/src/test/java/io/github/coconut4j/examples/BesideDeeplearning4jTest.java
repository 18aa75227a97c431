package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.evaluate.Confusion;
import io.github.coconut4j.export.SameDiffDirectory;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TerminationCondition;
import io.github.coconut4j.train.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.earlystopping.termination.EpochTerminationCondition;
import org.deeplearning4j.earlystopping.termination.ScoreImprovementEpochTerminationCondition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.listeners.ListenerEvaluations;
import org.nd4j.autodiff.listeners.checkpoint.CheckpointListener;
import org.nd4j.autodiff.listeners.impl.HistoryListener;
import org.nd4j.autodiff.listeners.impl.ScoreListener;
import org.nd4j.autodiff.listeners.impl.UIListener;
import org.nd4j.autodiff.listeners.profiler.ProfilingListener;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

/** Listeners, early stopping, evaluation and files of Deeplearning4j around one small run. */
class BesideDeeplearning4jTest {

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath("prosqa-balanced:40:1:nodes=10,min_steps=2,max_steps=2")
          .valPath("prosqa-balanced:8:2:nodes=10,min_steps=2,max_steps=2")
          .nLayer(1)
          .nEmbd(32)
          .nHead(2)
          .maxLatentStage(2)
          .stageSteps(List.of(4, 4, 12))
          .batchSizeTraining(4)
          .gradientAccumulationSteps(2)
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

  @Test
  void aRunIsListenedToStoppedEvaluatedAndExported(@TempDir Path directory) throws Exception {
    HistoryListener history = new HistoryListener(ListenerEvaluations.builder().build());
    Path ui = directory.resolve("run.ui");
    Path trace = directory.resolve("trace.json");
    Path saved = directory.resolve("saved");
    Path exported = directory.resolve("exported");
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(new RunDirectory(directory.resolve("run")))
            .listener(new ScoreListener(1))
            .listener(history)
            .listener(UIListener.builder(ui.toFile()).learningRate(1).build())
            .listener(ProfilingListener.builder(trace.toFile()).maxProfileIterations(1).build())
            .listener(
                CheckpointListener.builder(saved.toFile())
                    .fileNamePrefix("run")
                    .saveEveryNIterations(2)
                    .keepLast(1)
                    .build())
            .terminationCondition(new Theirs())
            .build()) {
      run.train();

      assertTrue(run.isStoppedEarly());
      Confusion confusion = run.evaluate().confusion().orElseThrow();
      assertEquals(run.evaluate().accuracy(), confusion.toNd4j().accuracy());
      new SameDiffDirectory(run.trainedModel(), 2, 8).write(exported);
    }
    assertTrue(ui.toFile().length() > 1000);
    assertTrue(trace.toFile().length() > 100);
    assertTrue(CheckpointListener.lastCheckpoint(saved.toFile()) != null);
    SameDiff prefill = SameDiff.load(exported.resolve("prefill.fb").toFile(), false);
    assertEquals(
        1,
        prefill
            .output(
                Map.of("question_ids", Nd4j.createFromArray(new int[][] {{6, 7, 8}})), "next_token")
            .get("next_token")
            .length());
  }
}
