package io.github.coconut4j.examples;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerEvaluations;
import org.nd4j.autodiff.listeners.checkpoint.CheckpointListener;
import org.nd4j.autodiff.listeners.impl.HistoryListener;
import org.nd4j.autodiff.listeners.impl.ScoreListener;
import org.nd4j.autodiff.listeners.impl.UIListener;
import org.nd4j.autodiff.listeners.profiler.ProfilingListener;

/** Trains with SameDiff's listeners, and says what the history of losses is. */
final class Listening {

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath("prosqa-balanced:40:1:nodes=10,min_steps=2,max_steps=2")
          .valPath("prosqa-balanced:8:2:nodes=10,min_steps=2,max_steps=2")
          .nLayer(1)
          .nEmbd(32)
          .nHead(2)
          .maxLatentStage(2)
          .stageSteps(List.of(4, 4, 4))
          .batchSizeTraining(4)
          .gradientAccumulationSteps(2) // an iteration of a listener is an update of two batches
          .maxNewTokens(8)
          .build();

  private Listening() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    HistoryListener history = new HistoryListener(ListenerEvaluations.builder().build());
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(new RunDirectory(directory.resolve("run")))
            .listeners(listeners(directory))
            .listener(history)
            .build()) {
      run.train();
    }
    System.out.println(history.getReport().lossCurve().getLossValues());
  }

  private static List<Listener> listeners(Path directory) throws IOException {
    return List.of(
        new ScoreListener(1),
        UIListener.builder(directory.resolve("run.ui").toFile()).learningRate(1).build(),
        ProfilingListener.builder(directory.resolve("trace.json").toFile())
            .maxProfileIterations(1)
            .build(),
        CheckpointListener.builder(directory.resolve("saved").toFile())
            .fileNamePrefix("run")
            .saveEveryNIterations(2)
            .keepLast(1)
            .build());
  }
}
