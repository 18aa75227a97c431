package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import java.io.IOException;
import java.nio.file.Path;
import lombok.RequiredArgsConstructor;

/** Saves the model whenever an evaluation is better than all earlier ones. */
@RequiredArgsConstructor
final class BestModelSaver implements TrainingObserver {

  private final CoconutModel model;
  private final Path modelDirectory;

  @Override
  public void evaluated(EvaluationMetrics metrics, boolean improved) throws IOException {
    if (improved) {
      model.atStage(metrics.getStage()).save(modelDirectory);
    }
  }
}
