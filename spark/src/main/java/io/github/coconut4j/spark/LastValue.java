package io.github.coconut4j.spark;

import org.apache.spark.util.AccumulatorV2;

/** An accumulator with the newest number that a task added, which Spark's web page shows. */
final class LastValue extends AccumulatorV2<Double, Double> {

  private static final long serialVersionUID = 1L;

  /** NaN before the first number. */
  private volatile double value = Double.NaN;

  @Override
  public boolean isZero() {
    return Double.isNaN(value);
  }

  @Override
  public AccumulatorV2<Double, Double> copy() {
    LastValue copy = new LastValue();
    copy.value = value;
    return copy;
  }

  @Override
  public void reset() {
    value = Double.NaN;
  }

  @Override
  public void add(Double number) {
    value = number;
  }

  @Override
  public void merge(AccumulatorV2<Double, Double> other) {
    if (!other.isZero()) {
      value = other.value();
    }
  }

  @Override
  public Double value() {
    return value;
  }
}
