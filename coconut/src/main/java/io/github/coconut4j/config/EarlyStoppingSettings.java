package io.github.coconut4j.config;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.io.Serializable;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * The mapping {@code early_stopping}: a run ends when evaluations stop improving. Building one
 * throws a {@link ConfigException} if a value is missing or out of its range.
 */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
public class EarlyStoppingSettings implements Serializable {

  private static final long serialVersionUID = 1L;

  /**
   * Number of consecutive evaluations without improvement after which the run ends, at least 1;
   * required.
   */
  Integer patience;

  /** The metric that has to improve. */
  @Builder.Default StoppingMetric metric = StoppingMetric.ACCURACY;

  /**
   * Smallest difference to the best earlier evaluation that counts as an improvement, at least 0.
   */
  @Builder.Default double minDelta = 0;

  private EarlyStoppingSettings(Integer patience, StoppingMetric metric, double minDelta) {
    this.patience = patience;
    this.metric = metric;
    this.minDelta = minDelta;
    if (patience == null || patience < 1) {
      throw ConfigException.of(
          "early_stopping.patience",
          "a number of evaluations of at least 1",
          patience == null ? "missing" : patience,
          "Write, say, `early_stopping: {patience: 5}`.");
    }
    if (metric == null) {
      throw ConfigException.of(
          "early_stopping.metric",
          "accuracy, chain_match or loss",
          "missing",
          "Choose one, or leave the key out for accuracy.");
    }
    if (!(minDelta >= 0) || Double.isInfinite(minDelta)) {
      throw ConfigException.of(
          "early_stopping.min_delta", "a finite number of at least 0", minDelta, "Change it.");
    }
  }
}
