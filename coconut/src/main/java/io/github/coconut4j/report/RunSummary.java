package io.github.coconut4j.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.EnumNamingStrategies;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import io.github.coconut4j.evaluate.Confusion;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Interval;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.train.TrainingRun;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** The results of a run: {@code evaluation.json} in its directory. */
@Value
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public class RunSummary {

  private static final int SAMPLES = 3;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enumNamingStrategy(EnumNamingStrategies.SNAKE_CASE)
          .build();

  /** Name of the method. */
  String method;

  /** The run's {@code name}; null in files of earlier versions. */
  String name;

  /** The run's seed; null in files of earlier versions. */
  Long seed;

  /** Number of evaluated problems. */
  int problems;

  /** Share of correct answers. */
  double accuracy;

  /** Lower end of its 95 % interval. */
  double accuracyLow;

  /** Upper end of its 95 % interval. */
  double accuracyHigh;

  /** Share of chains written as in the problem. */
  double chainMatch;

  /** Mean number of thoughts and generated tokens after the question. */
  double meanTokens;

  /** Mean number of words generated after the question. */
  double meanWords;

  /** Mean cross-entropy of the labelled tokens, in nats; null in files of earlier versions. */
  Double loss;

  /** Number of updates done. */
  int updates;

  /** Wall-clock time of the training, in seconds. */
  double seconds;

  /**
   * Share of problems whose answer is deeper than the other option; null unless all have a graph.
   */
  Double deeperOption;

  /** Share of problems whose answer has fewer incoming edges; null unless all have a graph. */
  Double fewerIncoming;

  /**
   * Counts of the options that answers named; null if problems have no options, and in files of
   * earlier versions.
   */
  Confusion confusion;

  /** The first problems with the model's outputs. */
  List<Sample> samples;

  /** Summarizes a run and its evaluation. */
  public static RunSummary of(TrainingRun run, Evaluation evaluation) {
    Arguments.requireNonNull(run, "run", "Give the run.");
    Arguments.requireNonNull(evaluation, "evaluation", "Make one with TrainingRun.evaluate.");
    Interval interval = evaluation.accuracyInterval();
    Optional<ShortcutBaselines> rules = ShortcutBaselines.measure(run.problems().getEvaluation());
    return builder()
        .method(run.trainedModel().getConfig().getMethod().key())
        .name(run.config().getName())
        .seed(run.config().getSeed())
        .deeperOption(rules.map(ShortcutBaselines::getDeeperOption).orElse(null))
        .fewerIncoming(rules.map(ShortcutBaselines::getFewerIncoming).orElse(null))
        .problems(evaluation.problems())
        .accuracy(evaluation.accuracy())
        .accuracyLow(interval.getLow())
        .accuracyHigh(interval.getHigh())
        .chainMatch(evaluation.chainMatch())
        .meanTokens(evaluation.meanTokens())
        .meanWords(evaluation.meanWords())
        .confusion(evaluation.confusion().orElse(null))
        .loss(run.evaluationLoss())
        .updates(run.state().getStep())
        .seconds(run.getTrainingSeconds())
        .samples(
            evaluation.getGenerations().stream()
                .limit(SAMPLES)
                .map(scored -> Sample.of(run.trainedModel(), scored))
                .toList())
        .build();
  }

  /** Name of the run in a comparison. */
  String label() {
    return name == null ? method : name;
  }

  /** Whether it has the scores of rules that need no reasoning. */
  public boolean hasRules() {
    return deeperOption != null && fewerIncoming != null;
  }

  /** The 95 % interval of the accuracy. */
  public Interval accuracyInterval() {
    return new Interval(accuracyLow, accuracyHigh);
  }

  /**
   * Reads {@code evaluation.json}.
   *
   * @throws IllegalArgumentException if the file has other content
   */
  public static RunSummary read(Path file) throws IOException {
    Arguments.requireNonNull(file, "file", "Name the evaluation.json.");
    try {
      RunSummary summary = JSON.readValue(Files.readAllBytes(file), RunSummary.class);
      String fault = summary == null ? "null" : summary.fault();
      if (fault != null) {
        throw invalid(file, "one with " + fault, null);
      }
      return summary;
    } catch (JsonProcessingException e) {
      throw invalid(
          file, "a file of which JSON says: " + JsonFault.described(e.getOriginalMessage()), e);
    } catch (CharConversionException e) { // the bytes are not valid text
      throw invalid(file, "a file of which JSON says: " + e.getMessage(), e);
    }
  }

  private static IllegalArgumentException invalid(Path file, String found, Exception cause) {
    return new IllegalArgumentException(
        "%s must be an evaluation as `train` writes it, found %s. Delete it, and evaluate the model again."
            .formatted(file, found),
        cause);
  }

  /** Describes a value that a report cannot show, or null. */
  private String fault() {
    if (method == null) {
      return "no `method`";
    }
    Stream<Double> shares =
        Stream.of(accuracy, accuracyLow, accuracyHigh, chainMatch, deeperOption, fewerIncoming)
            .filter(Objects::nonNull);
    if (!shares.allMatch(share -> share >= 0 && share <= 1)) {
      return "a share that is not from 0 to 1";
    }
    if (!DoubleStream.of(meanTokens, meanWords, seconds).allMatch(Double::isFinite)) {
      return "a mean or a time that is not a finite number";
    }
    if (confusion != null && !confusion.hasAllCounts()) {
      return "a `confusion` that lacks counts";
    }
    boolean complete =
        samples != null && samples.stream().allMatch(one -> one != null && one.isComplete());
    return complete ? null : "`samples` that lack their texts";
  }

  /** Writes {@code evaluation.json}. */
  public void write(Path file) throws IOException {
    AtomicFile.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
  }
}
