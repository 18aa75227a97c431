package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SequenceBuilder;
import io.github.coconut4j.model.TransformerConfig;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Rejects problems that exceed the model's positions in a stage that the run reaches, before its
 * first update. Stages that it does not reach are not checked.
 */
final class LengthCheck {

  private final TrainingConfig config;
  private final SequenceBuilder builder;
  private final TransformerConfig architecture;
  private final int positions;

  /** The distinct stages of the schedule. */
  private final int[] scheduled;

  /**
   * Prepares the check of one run.
   *
   * @param architecture architecture with the longest sequence
   * @param stages the stages that the schedule reaches
   */
  LengthCheck(
      TrainingConfig config,
      SequenceBuilder builder,
      TransformerConfig architecture,
      IntStream stages) {
    this.config = config;
    this.builder = builder;
    this.architecture = architecture;
    positions = architecture.longestSequence();
    this.scheduled = distinct(stages);
  }

  /** Stages whose sequences differ; the chain of iCoT is longest in the first. */
  private int[] distinct(IntStream stages) {
    if (config.getMethod() == Method.ICOT) {
      return stages.min().stream().toArray();
    }
    int last = config.getMaxLatentStage() + 1;
    return stages.map(stage -> Math.min(stage, last)).distinct().toArray();
  }

  /**
   * Number of computed positions of a problem's longest training sequence, as in {@link
   * SequenceBuilder#computedPositions}.
   *
   * @param number the problem's index, from 0
   * @throws IllegalArgumentException if it does not fit
   */
  int training(EncodedProblem problem, int number) {
    requireSupervision(problem, number);
    int slack = config.getLatentSlack();
    IntStream stages = trained(problem);
    return longest("train_path", problem, number, stages, slack, config.getPositionOffset());
  }

  /** The longest training sequence of a problem, by the number of computed positions. */
  TokenSequence longestSequence(EncodedProblem problem) {
    int stage =
        trained(problem)
            .boxed()
            .max(Comparator.comparingInt(each -> builder.computedPositions(problem, each)))
            .orElse(0);
    return builder.training(problem, stage, config.getLatentSlack());
  }

  /** Checks the problem's supervision other than the answer. */
  private void requireSupervision(EncodedProblem problem, int number) {
    if (config.getMethod() == Method.SIMCOT && problem.getSteps().isEmpty()) {
      throw new ConfigException(
          "`method: simcot` needs problems with steps, which its latents explain, but problem "
              + number
              + " (counted from 0) of `train_path` has none. Take other problems, or `method:"
              + " coconut`.");
    }
    if (config.getMethod() == Method.FRONTIER && problem.getTargets().isEmpty()) {
      throw new ConfigException(
          "`method: frontier` needs problems with a graph or with steps, but problem "
              + number
              + " (counted from 0) of `train_path` has neither. Take other problems, or `method:"
              + " coconut`.");
    }
  }

  /**
   * Checks a problem that is evaluated on: its prompt, and the sequence that gives the loss.
   *
   * @param number the problem's index, from 0
   * @throws IllegalArgumentException if one of them does not fit
   */
  void evaluation(EncodedProblem problem, int number) {
    longest("val_path", problem, number, IntStream.of(scheduled), 0, 0);
    Integer thoughts = config.getEvalLatents();
    if (thoughts == null) {
      return; // as many as in training, so the prompt is the beginning of that sequence
    }
    int question = problem.getQuestion().length;
    if (builder.thoughts(thoughts) >= positions
        || builder.promptLength(question, thoughts) > positions) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "`eval_latents` needs to fit the model's %s together with the question, but is %d,"
                  + " and the question of problem %d (counted from 0) of `val_path` has %d tokens."
                  + " Lower it%s.",
              architecture.sequenceBound(),
              thoughts,
              number,
              question,
              larger()));
    }
  }

  /**
   * With {@code uniform_prob} a problem's stage may be any up to its number of steps, with {@code
   * depth_replay} any before a scheduled one.
   */
  private IntStream trained(EncodedProblem problem) {
    double drawn = config.thoughtSettings().isStaged() ? config.getUniformProb() : 0;
    IntStream fromSchedule = drawn < 1 ? replayed() : IntStream.empty();
    return drawn > 0
        ? IntStream.concat(fromSchedule, IntStream.rangeClosed(0, problem.getSteps().size()))
        : fromSchedule;
  }

  private IntStream replayed() {
    return config.getDepthReplay() > 0
        ? IntStream.rangeClosed(0, IntStream.of(scheduled).max().orElse(-1))
        : IntStream.of(scheduled);
  }

  /**
   * Number of computed positions of the longest sequence.
   *
   * @param slack largest number of thoughts beyond the stage's
   * @param offset largest position of the first token
   */
  private int longest(
      String key, EncodedProblem problem, int number, IntStream stages, int slack, int offset) {
    long computedSlack = (1L + config.thoughtSettings().getLatentIterations()) * slack;
    return (int)
        stages
            .mapToLong(
                stage -> {
                  long length = (long) builder.trainingLength(problem, stage) + slack;
                  requireRoom(key, number, stage, length, offset);
                  return builder.computedPositions(problem, stage) + computedSlack;
                })
            .map(positions -> Math.min(positions, Integer.MAX_VALUE))
            .max()
            .orElse(0);
  }

  private void requireRoom(String key, int number, int stage, long length, int offset) {
    if (length + offset > positions) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A sequence needs to fit the model's %s but that of problem %d (counted from 0) of"
                  + " `%s` has %d tokens in stage %d, thoughts included%s. Lower %s`c_thought` or"
                  + " `max_latent_stage`, leave out the longest problems%s.",
              architecture.sequenceBound(),
              number,
              key,
              length,
              stage,
              offset == 0 ? "" : ", and begins at a position of up to " + offset,
              drawnKeys(),
              larger()));
    }
  }

  /** Keys that make sequences longer and can be lowered. */
  private String drawnKeys() {
    String slack = config.getLatentSlack() > 0 ? "`latent_slack`, " : "";
    return config.getPositionOffset() > 0 ? slack + "`position_offset`, " : slack;
  }

  private String larger() {
    boolean slides = positions < architecture.getNPositions();
    return config.isFromScratch() && config.getLoadModelPath() == null
        ? ", or set a larger `" + (slides ? "sliding_window" : "n_positions") + "`"
        : ", or take a model for longer sequences";
  }
}
