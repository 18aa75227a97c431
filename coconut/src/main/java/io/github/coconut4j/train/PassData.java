package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.BucketedIterator;
import io.github.coconut4j.data.batch.PrefetchedBatches;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.SequenceSource;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.data.prosqa.ProblemAugmenter;
import io.github.coconut4j.data.prosqa.ProsQaFact;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.SequenceBuilder;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Builds the sequences of a stage anew for every pass and batches those of like length, ahead of
 * the training on a thread of its own. What is random about a sequence follows from the seed, the
 * pass and the problem's index alone.
 */
final class PassData implements TrainingData, AutoCloseable {

  /** Augmented problems that are encoded where the longest sequence is asked for. */
  private static final int SAMPLE = 500;

  private final TrainingConfig config;
  private final CoconutModel model;
  private final List<ReasoningProblem> problems;
  private final SequenceBuilder builder;
  private final int eos;

  /** Null where problems stay as they are. */
  private final ProblemAugmenter augmenter;

  /** Encoded once where problems stay as they are; null where they are augmented. */
  private final EncodedProblems encoded;

  /**
   * The training problems of a run.
   *
   * @param cache keeps problems that stay as they are as tokens
   * @param fingerprint sum of the problems
   */
  PassData(
      TrainingConfig config,
      CoconutModel model,
      ProblemSplits splits,
      TokenCache cache,
      String fingerprint)
      throws IOException {
    this.config = config;
    this.model = model;
    this.problems = splits.getTraining();
    this.builder = model.sequences();
    this.eos = model.getConfig().getSpecialTokens().getEos();
    this.augmenter = config.isAugment() ? new ProblemAugmenter(splits.getNames()) : null;
    this.encoded = config.isAugment() ? null : cache.encoded(problems, fingerprint);
  }

  @Override
  public int batchesPerPass() {
    return -Math.floorDiv(-problems.size(), config.getBatchSizeTraining());
  }

  @Override
  public PrefetchedBatches pass(int pass, int stage, int skipped) {
    BucketedIterator batches =
        new BucketedIterator(
            new StageSource(stage),
            new SequenceBatcher(eos),
            config.getBatchSizeTraining(),
            config.getSeed());
    batches.restore(pass, skipped);
    return new PrefetchedBatches(batches);
  }

  /**
   * Tokens of the longest training sequence of the run, 0 without problems. Of problems that are
   * augmented those of most facts are looked at, since a problem keeps its form.
   *
   * @throws IllegalArgumentException if it does not fit the model's positions
   */
  int longestSequence(LengthCheck lengths) {
    return encoded == null
        ? IntStream.of(mostFacts())
            .map(index -> lengths.training(encode(problems.get(index)), index))
            .max()
            .orElse(0)
        : IntStream.range(0, encoded.size())
            .map(index -> lengths.training(encoded.get(index), index))
            .max()
            .orElse(0);
  }

  private int[] mostFacts() {
    return IntStream.range(0, problems.size())
        .boxed()
        .sorted(Comparator.comparingLong(index -> -facts(problems.get(index).getQuestion())))
        .limit(SAMPLE)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static long facts(String question) {
    return question.chars().filter(letter -> letter == '.').count();
  }

  /**
   * Refuses now what a pass would find: problems that cannot be augmented, and names that the
   * tokenizer lacks.
   *
   * @throws IllegalArgumentException if there are any
   */
  void requireAugmentable(ProsQaNames names) {
    if (augmenter == null) {
      return;
    }
    for (int index = 0; index < problems.size(); index++) {
      augmenter.augment(problems.get(index), random(0, index));
    }
    Stream.concat(
            names.getConcepts().stream().map(name -> new ProsQaFact(name, false, name)),
            names.getPeople().stream()
                .map(name -> new ProsQaFact(name, true, names.getConcepts().get(0))))
        .forEach(fact -> model.getTokenizer().encode(fact.sentence()));
  }

  /**
   * Refuses problems to evaluate on now rather than after an epoch.
   *
   * @throws IllegalArgumentException if one has a word that the tokenizer lacks, or does not fit
   *     the model's positions
   */
  void requireUsable(List<ReasoningProblem> evaluation, LengthCheck lengths) {
    for (int number = 0; number < evaluation.size(); number++) {
      lengths.evaluation(encode(evaluation.get(number)), number);
    }
  }

  @Override
  public void close() throws IOException {
    if (encoded != null) {
      encoded.close();
    }
  }

  /** The training sequences of one stage. */
  private final class StageSource implements SequenceSource {

    private final int scheduledStage;
    private final StageSampler stages =
        new StageSampler(config.getMethod().isStaged() ? config.getUniformProb() : 0);

    StageSource(int scheduledStage) {
      this.scheduledStage = scheduledStage;
    }

    @Override
    public int size() {
      return problems.size();
    }

    @Override
    public TokenSequence get(int epoch, int index) {
      RandomGenerator random = random(epoch, index);
      EncodedProblem problem = problem(index, random);
      int stage = stages.stage(scheduledStage, problem.getSteps().size(), random);
      if (augmenter != null && builder.trainingLength(problem, stage) > positions()) {
        problem = encode(problems.get(index)); // the names drawn have more tokens than its own
      }
      TokenSequence sequence = builder.training(problem, stage);
      requireRoom(sequence);
      return sequence;
    }
  }

  private RandomGenerator random(int epoch, int index) {
    SplittableRandom seeds = new SplittableRandom(config.getSeed());
    return new SplittableRandom(seeds.nextLong() ^ ((long) epoch << Integer.SIZE | index));
  }

  private EncodedProblem problem(int index, RandomGenerator random) {
    return augmenter == null
        ? encoded.get(index)
        : encode(augmenter.augment(problems.get(index), random));
  }

  private EncodedProblem encode(ReasoningProblem problem) {
    return EncodedProblem.of(problem, model.getTokenizer(), eos);
  }

  private void requireRoom(TokenSequence sequence) {
    if (sequence.length() > positions()) {
      throw new IllegalArgumentException(
          "A sequence of a problem needs to fit the model's "
              + positions()
              + " positions but has "
              + sequence.length()
              + " tokens. Raise `n_positions`, or leave out the longest problems.");
    }
  }

  private int positions() {
    return model.getTransformer().getConfig().getNPositions();
  }
}
