package io.github.coconut4j.tuning.score;

import io.github.coconut4j.report.RunSummary;
import lombok.Getter;

/** Share of right answers less a price for every token thought or written; higher is better. */
@Getter
public final class AccuracyPerTokenScore extends RunScore {

  private static final long serialVersionUID = 1L;

  /** Accuracy that one token must be worth. */
  private final double price;

  /**
   * A score.
   *
   * @param price accuracy that one token must be worth, at least 0
   * @throws IllegalArgumentException if it is not
   */
  public AccuracyPerTokenScore(double price) {
    if (!(price >= 0) || Double.isInfinite(price)) {
      throw new IllegalArgumentException(
          "The price of a token needs to be a finite number of at least 0 but is " + price + ".");
    }
    this.price = price;
  }

  @Override
  public double score(RunSummary run) {
    return run.getAccuracy() - price * run.getMeanTokens();
  }
}
