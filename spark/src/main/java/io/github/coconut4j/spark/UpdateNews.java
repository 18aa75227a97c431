package io.github.coconut4j.spark;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import lombok.RequiredArgsConstructor;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import scala.jdk.javaapi.CollectionConverters;

/** Reports the progress of rank 0 each time its executor sends its accumulators to the driver. */
@RequiredArgsConstructor
final class UpdateNews extends SparkListener {

  private final Consumer<String> news;

  /** Number of updates before this attempt. */
  private volatile int before;

  private long last = -1;

  /** Sets the number of updates before an attempt. */
  void startFrom(int updates) {
    before = updates;
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate metrics) {
    CollectionConverters.asJava(metrics.accumUpdates())
        .forEach(task -> report(CollectionConverters.asJava(task._4())));
  }

  private void report(Iterable<AccumulableInfo> accumulators) {
    Map<String, Object> values = new HashMap<>();
    for (AccumulableInfo each : accumulators) {
      if (each.name().isDefined() && each.update().isDefined()) {
        values.put(each.name().get(), each.update().get());
      }
    }
    if (values.get(Progress.UPDATES) instanceof Long updates
        && values.get(Progress.LOSS) instanceof Double loss
        && before + updates != last) {
      last = before + updates;
      news.accept(String.format(Locale.ROOT, "update %d, loss %.4f", last, loss));
    }
  }
}
