package io.github.coconut4j.spark;

import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/** Updates and loss of tasks for their stage's web page. Spark collects them every ten seconds. */
final class Progress implements TrainingObserver, Serializable {

  private static final long serialVersionUID = 1L;

  static final String UPDATES = "updates";
  static final String LOSS = "loss";

  private final LongAccumulator updates;
  private final LastValue loss = new LastValue();

  /** Registers the accumulators in a context. */
  Progress(JavaSparkContext spark) {
    updates = spark.sc().longAccumulator(UPDATES);
    spark.sc().register(loss, LOSS);
  }

  @Override
  public void updated(UpdateMetrics metrics) {
    updates.add(1);
    loss.add(metrics.getLoss());
  }
}
