package io.github.coconut4j.benchmarks;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.method.ProblemEncoder;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.train.AdamW;
import io.github.coconut4j.train.MethodObjective;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A training step of a run's method on one batch of its last stage: gradients and update. */
final class MethodStep implements InterleavedRounds.Work, AutoCloseable {

  private static final double LEARNING_RATE = 1e-6;

  private final TrainingRun run;
  private final CoconutModel model;
  private final Objective objective;
  private final Dropout dropout;
  private final AdamW optimizer;
  private final LatentBatch batch;

  /**
   * @param directory for the run's files
   */
  MethodStep(TrainingConfig config, Path directory) throws IOException {
    run = TrainingRun.builder().config(config).directory(new RunDirectory(directory)).build();
    model = run.trainedModel();
    objective = MethodObjective.of(config, model);
    dropout = new Dropout(config.dropoutRates(model.getTransformer().getConfig()), 1, 0);
    TreeMap<String, INDArray> trained =
        new TreeMap<>(model.getTransformer().getWeights().trained());
    trained.putAll(objective.parameters());
    optimizer = AdamW.builder().parameters(trained).build();
    batch = batch(config);
  }

  private LatentBatch batch(TrainingConfig config) {
    ProblemEncoder encoder = model.encoder(config.latentTargets());
    List<TokenSequence> sequences =
        run.problems().getTraining().stream()
            .limit(config.getBatchSizeTraining())
            .map(encoder::encode)
            .map(problem -> model.sequences().training(problem, config.getMaxLatentStage() + 1))
            .toList();
    return LatentBatch.of(new SequenceBatcher(encoder.getEos()).batch(sequences));
  }

  @Override
  public double[] timeParts() {
    return ProcessorTime.timeParts(this::step);
  }

  /** Only the step. */
  void step() {
    try (LossGradients gradients = model.getTransformer().gradients(batch, objective, dropout)) {
      optimizer.update(gradients.getGradients(), LEARNING_RATE);
    }
  }

  @Override
  public void close() throws IOException {
    optimizer.close();
    run.close();
  }
}
