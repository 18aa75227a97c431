package io.github.coconut4j.tuning.score;

import io.github.coconut4j.report.RunSummary;
import lombok.Getter;

/**
 * Share of correct answers minus a price for every thought and generated token; higher is better.
 */
@Getter
public final class AccuracyPerTokenScore extends RunScore {

  private static final long serialVersionUID = 1L;

  /** Price of a token in accuracy. */
  private final double price;

  /**
   * Makes a score.
   *
   * @param price price of a token in accuracy, at least 0
   * @throws IllegalArgumentException if it is out of range
   */
  public AccuracyPerTokenScore(double price) {
    if (!(price >= 0) || Double.isInfinite(price)) {
      throw new IllegalArgumentException(
          "The price of a token needs to be a finite number of at least 0 but is "
              + price
              + ". Give 0 to score accuracy alone.");
    }
    this.price = price;
  }

  @Override
  public double score(RunSummary run) {
    return run.getAccuracy() - price * run.getMeanTokens();
  }
}
