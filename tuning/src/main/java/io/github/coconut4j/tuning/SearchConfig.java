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
 * How a search proposes, compares and ends. Field names in snake case are the keys of the section
 * {@code search}, beside {@code space}.
 */
@Value
@Builder(toBuilder = true, buildMethodName = "assemble")
@JsonDeserialize(builder = SearchConfig.SearchConfigBuilder.class)
@JsonNaming(SnakeCaseStrategy.class)
public class SearchConfig {

  /** How candidates are proposed. */
  public enum Generator {
    /** Each value drawn for itself. */
    RANDOM,
    /** Every combination, in an order drawn from the seed. */
    GRID,
    /** Bred from the best so far. */
    GENETIC
  }

  /** What candidates are compared by. */
  public enum Score {
    /** Share of right answers. */
    ACCURACY,
    /** The same less {@code token_price} a token. */
    ACCURACY_PER_TOKEN,
    /** Validation loss, the lower the better. */
    LOSS
  }

  /** How candidates are proposed. */
  @Builder.Default Generator generator = Generator.RANDOM;

  /** Candidates at most, or null for no limit. */
  Integer candidates;

  /** Minutes after which the search stops, counted from its start or its last resume, or null. */
  Double minutes;

  /** Candidates in a row without a better score after which the search ends, or null. */
  Integer patience;

  /** Seed of the proposals. */
  long seed;

  /** What candidates are compared by. */
  @Builder.Default Score score = Score.ACCURACY;

  /** Accuracy that one token must be worth, at least 0; for {@code accuracy_per_token}. */
  @Builder.Default double tokenPrice = 0.01;

  /** Values of a continuous key in a grid, and of an integer key at most; at least 2. */
  @Builder.Default int gridPoints = 3;

  /** Successive halving, or null to train every candidate to its end. */
  Halving halving;

  /** Candidates trained at once, at least 1; they share the processors. */
  @Builder.Default int parallel = 1;

  /** Minutes after which a candidate is given up, or null. */
  Double candidateMinutes;

  /**
   * Largest heap of a candidate's process, such as {@code 2g}, or null for a share of the memory.
   */
  String memory;

  /**
   * Successive halving.
   *
   * @param factor of so many candidates one goes on to the next round
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
     * The configuration.
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
