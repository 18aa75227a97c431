package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.data.prosqa.ProblemAugmenter;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.SequenceBuilder;
import io.github.coconut4j.problems.ProblemSplits;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Builds the sequences of a stage anew for every pass and batches those of like length. */
final class PassData implements TrainingData {

  private final TrainingConfig config;
  private final CoconutModel model;
  private final List<ReasoningProblem> problems;
  private final StageSampler stages;

  /** Null where problems stay as they are. */
  private final ProblemAugmenter augmenter;

  /** Encoded once where problems stay as they are; null where they are augmented. */
  private final List<EncodedProblem> encoded;

  PassData(TrainingConfig config, CoconutModel model, ProblemSplits splits) {
    this.config = config;
    this.model = model;
    this.problems = splits.getTraining();
    this.augmenter = config.isAugment() ? new ProblemAugmenter(splits.getNames()) : null;
    this.stages = new StageSampler(config.getMethod().staged() ? config.getUniformProb() : 0);
    this.encoded = config.isAugment() ? null : problems.stream().map(this::encode).toList();
  }

  @Override
  public int batchesPerPass() {
    int batch = config.getBatchSizeTraining();
    return (problems.size() + batch - 1) / batch;
  }

  @Override
  public Iterator<MultiDataSet> pass(int pass, int stage, int skipped) {
    SplittableRandom random = new SplittableRandom(passSeed(pass));
    SequenceBuilder builder = model.sequences();
    List<TokenSequence> sequences =
        problems(random).stream()
            .map(
                problem ->
                    builder.training(
                        problem, stages.stage(stage, problem.getSteps().size(), random)))
            .toList();
    sequences.forEach(this::requireRoom);
    SequenceBatcher batcher = new SequenceBatcher(model.getConfig().getSpecialTokens().getEos());
    return LengthBuckets.batches(sequences, config.getBatchSizeTraining(), random).stream()
        .skip(skipped)
        .map(batcher::batch)
        .map(MultiDataSet.class::cast)
        .iterator();
  }

  private List<EncodedProblem> problems(RandomGenerator random) {
    if (encoded != null) {
      return encoded;
    }
    return problems.stream().map(problem -> encode(augmenter.augment(problem, random))).toList();
  }

  private EncodedProblem encode(ReasoningProblem problem) {
    return EncodedProblem.of(
        problem, model.getTokenizer(), model.getConfig().getSpecialTokens().getEos());
  }

  private void requireRoom(TokenSequence sequence) {
    int positions = model.getTransformer().getConfig().getNPositions();
    if (sequence.length() > positions) {
      throw new IllegalArgumentException(
          "A training sequence needs to fit the model's "
              + positions
              + " positions but has "
              + sequence.length()
              + " tokens. Raise `n_positions`, or leave out the longest problems.");
    }
  }

  private long passSeed(int pass) {
    return config.getSeed() * 0x9E3779B97F4A7C15L + pass;
  }
}
