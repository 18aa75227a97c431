package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;

/** Ends runs as their process would end that is killed. */
public final class KilledRun {

  private KilledRun() {}

  /** Trains up to an update and fails after it, without a last checkpoint. */
  public static void kill(TrainingRun.TrainingRunBuilder builder, int step) throws IOException {
    TrainingObserver killer =
        new TrainingObserver() {
          @Override
          public void updated(UpdateMetrics metrics) throws IOException {
            if (metrics.getStep() == step) {
              throw new IOException("killed");
            }
          }
        };
    try (TrainingRun run = builder.observer(killer).build()) {
      assertThatThrownBy(run::train).hasMessage("killed");
    }
  }
}
