package io.github.coconut4j.tuning;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.annotation.JsonPOJOBuilder;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.tuning.runner.HalvingSchedule;
import lombok.Builder;
import lombok.Value;

/**
 * The settings of a search: proposing and comparing candidates, and its end. Field names in snake
 * case are the keys of the section {@code search}, in addition to {@code space}.
 */
@Value
@Builder(toBuilder = true, buildMethodName = "assemble")
@JsonDeserialize(builder = SearchConfig.SearchConfigBuilder.class)
@JsonNaming(SnakeCaseStrategy.class)
public class SearchConfig {

  /** How candidates are proposed. */
  public enum Generator {
    /** Each value is sampled independently. */
    RANDOM,
    /** Every combination, in an order that depends on the seed. */
    GRID,
    /** Genetic search: combinations and mutations of the best so far. */
    GENETIC
  }

  /** The score by which candidates are compared. */
  public enum Score {
    /** Share of correct answers. */
    ACCURACY,
    /** The same minus {@code token_price} per token. */
    ACCURACY_PER_TOKEN,
    /** Validation loss; lower is better. */
    LOSS
  }

  /** How candidates are proposed. */
  @Builder.Default Generator generator = Generator.RANDOM;

  /** Largest number of candidates, or null for no limit. */
  Integer candidates;

  /** Minutes after which the search stops, counted from its start or its last resume, or null. */
  Double minutes;

  /**
   * Number of consecutive candidates without a better score after which the search ends, or null.
   */
  Integer patience;

  /** Seed of the proposals. */
  long seed;

  /** The score by which candidates are compared. */
  @Builder.Default Score score = Score.ACCURACY;

  /** Price of a token in accuracy, at least 0; for {@code accuracy_per_token}. */
  @Builder.Default double tokenPrice = 0.01;

  /**
   * Number of values of a continuous key in a grid, and largest number for an integer key; at least
   * 2.
   */
  @Builder.Default int gridPoints = 3;

  /** Successive halving, or null to train every candidate to the end. */
  Halving halving;

  /** Number of candidates trained at the same time, at least 1; they share the processors. */
  @Builder.Default int parallel = 1;

  /** Minutes after which a candidate is aborted, or null. */
  Double candidateMinutes;

  /**
   * Largest heap of a candidate's process, such as {@code 2g}, or null for a share of the memory.
   */
  String memory;

  /**
   * Successive halving.
   *
   * @param factor one of this many candidates continues in the next round
   * @param minShare share of the training in the first round
   */
  public record Halving(
      @JsonProperty(value = "factor", required = true) double factor,
      @JsonProperty(value = "min_share", required = true) double minShare) {

    /** The rounds. */
    public HalvingSchedule schedule() {
      return HalvingSchedule.of(factor, minShare);
    }
  }

  /** Builds a valid configuration, from Java or from YAML. */
  @JsonPOJOBuilder(withPrefix = "")
  @JsonNaming(SnakeCaseStrategy.class)
  public static class SearchConfigBuilder {

    /**
     * Builds the configuration.
     *
     * @throws ConfigException if a value is out of its range or two contradict each other
     */
    public SearchConfig build() {
      SearchConfig config = assemble();
      new SearchCheck(config).run();
      return config;
    }
  }
}
