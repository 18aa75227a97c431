package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.BatchSizes;
import io.github.coconut4j.data.batch.BucketedIterator;
import io.github.coconut4j.data.batch.PrefetchedBatches;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.SequenceSource;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.data.prosqa.ProblemAugmenter;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.ProblemEncoder;
import io.github.coconut4j.method.SequenceBuilder;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * The training problems as batches, epoch after epoch. Each epoch builds its sequences for its
 * stage, on a separate thread ahead of training. The randomness of a sequence depends only on the
 * seed, the epoch and the problem's index.
 */
final class EpochData implements AutoCloseable {

  private final TrainingConfig config;
  private final List<ReasoningProblem> problems;
  private final ProblemEncoder encoder;
  private final SequenceBuilder builder;

  /** The model's architecture, for its longest sequence. */
  private final TransformerConfig architecture;

  private final SequenceDraws draws;

  /** Null if problems are not augmented. */
  private final ProblemAugmenter augmenter;

  /** The problems, encoded once; null if they are augmented. */
  private final EncodedProblems encoded;

  /**
   * Prepares the training problems of a run.
   *
   * @param encoder encodes augmented problems
   * @param cache stores the tokens of problems that are not augmented
   * @param fingerprint checksum of the problems
   */
  EpochData(
      TrainingConfig config,
      CoconutModel model,
      ProblemSplits splits,
      ProblemEncoder encoder,
      TokenCache cache,
      String fingerprint)
      throws IOException {
    this.config = config;
    this.problems = splits.getTraining();
    this.encoder = encoder;
    this.builder = model.sequences();
    this.architecture = model.getTransformer().getConfig();
    this.draws = new SequenceDraws(config);
    this.augmenter = config.isAugment() ? new ProblemAugmenter(splits.getNames()) : null;
    this.encoded = config.isAugment() ? null : cache.encoded(problems, fingerprint);
  }

  /** Number of updates of one epoch; the last may have fewer batches than the others. */
  int updatesPerEpoch() {
    return -Math.floorDiv(-batchesPerEpoch(), config.getGradientAccumulationSteps());
  }

  /** Number of batches of one epoch; the last may have fewer sequences than the others. */
  int batchesPerEpoch() {
    return -Math.floorDiv(-problems.size(), config.getBatchSizeTraining());
  }

  /** Number of sequences in a range of an epoch's batches. */
  int sequences(int epoch, int fromBatch, int toBatch) {
    BatchSizes sizes =
        new BatchSizes(
            problems.size(),
            config.getBatchSizeTraining(),
            config.getGradientAccumulationSteps(),
            config.getSeed());
    return IntStream.range(fromBatch, Math.min(toBatch, batchesPerEpoch()))
        .map(batch -> sizes.of(epoch, batch))
        .sum();
  }

  /**
   * The batches of one epoch, the same for the same arguments; the caller closes them. Their
   * example metadata are the indices of their problems.
   *
   * @param epoch number of the epoch, from 0
   * @param stage stage of the curriculum
   * @param skipped number of batches to skip at its start
   * @param wanted selects batches by index within the epoch; others are not made
   */
  PrefetchedBatches batches(int epoch, int stage, int skipped, IntPredicate wanted) {
    SequenceSource source =
        new SequenceSource() {
          @Override
          public int size() {
            return problems.size();
          }

          @Override
          public TokenSequence get(int number, int index) {
            return sequence(number, index, stage);
          }
        };
    BucketedIterator batches =
        new BucketedIterator(
            source,
            new SequenceBatcher(encoder.getEos()),
            config.getBatchSizeTraining(),
            config.getGradientAccumulationSteps(),
            config.getSeed());
    batches.restore(epoch, skipped);
    return new PrefetchedBatches(batches, wanted);
  }

  private TokenSequence sequence(int epoch, int index, int scheduledStage) {
    RandomGenerator random = random(epoch, index);
    EncodedProblem problem = augmenter == null ? problem(index) : augmented(index, random);
    int stage = draws.stage(scheduledStage, problem.getSteps().size(), random);
    int slack = draws.slack(random);
    int offset = draws.offset(random);
    int others = slack + offset;
    if (augmenter != null
        && builder.trainingLength(problem, stage) > architecture.longestSequence() - others) {
      problem = problem(index); // the sampled names have more tokens than the problem's own
    }
    TokenSequence sequence = builder.training(problem, stage, slack);
    requireRoom(sequence, offset);
    return offset == 0 ? sequence : sequence.startingAt(offset);
  }

  private RandomGenerator random(int epoch, int index) {
    SplittableRandom seeds = new SplittableRandom(config.getSeed());
    return new SplittableRandom(seeds.nextLong() ^ ((long) epoch << Integer.SIZE | index));
  }

  private EncodedProblem augmented(int index, RandomGenerator random) {
    return encode(augmenter.augment(problems.get(index), random));
  }

  /** A problem without augmentation. */
  EncodedProblem problem(int index) {
    return encoded == null ? encode(problems.get(index)) : encoded.get(index);
  }

  /** Encodes a problem as tokens. */
  EncodedProblem encode(ReasoningProblem problem) {
    return encoder.encode(problem);
  }

  /**
   * Rejects problems that cannot be augmented, before the first epoch.
   *
   * @throws IllegalArgumentException if there are any
   */
  void requireAugmentable() {
    for (int index = 0; augmenter != null && index < problems.size(); index++) {
      augmenter.augment(problems.get(index), random(0, index));
    }
  }

  private void requireRoom(TokenSequence sequence, int offset) {
    if (sequence.length() > architecture.longestSequence() - offset) {
      throw new IllegalArgumentException(
          "A sequence of a problem needs to fit the model's "
              + architecture.sequenceBound()
              + " but has "
              + sequence.length()
              + " tokens"
              + (offset == 0 ? "" : " from position " + offset + " on")
              + ". Leave out the longest problems, or take a model for longer sequences.");
    }
  }

  @Override
  public void close() throws IOException {
    if (encoded != null) {
      encoded.close();
    }
  }
}
