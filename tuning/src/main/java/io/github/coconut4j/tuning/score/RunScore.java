package io.github.coconut4j.tuning.score;

import io.github.coconut4j.report.RunSummary;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;

/**
 * A score of a run's evaluation. The run was evaluated on its own {@code val_path}, so Arbiter's
 * data provider and data source are not used and may be null.
 */
public abstract class RunScore implements ScoreFunction {

  private static final long serialVersionUID = 1L;

  /** The score of an evaluated run. */
  public abstract double score(RunSummary run);

  @SuppressWarnings("deprecation") // as Arbiter declares it
  @Override
  public final double score(Object model, DataProvider provider, Map<String, Object> parameters) {
    return score((RunSummary) model);
  }

  @Override
  public final double score(
      Object model, Class<? extends DataSource> source, Properties properties) {
    return score((RunSummary) model);
  }

  @Override
  public boolean minimize() {
    return false;
  }

  @Override
  public final List<Class<?>> getSupportedModelTypes() {
    return List.of(RunSummary.class);
  }

  @Override
  public final List<Class<?>> getSupportedDataTypes() {
    return List.of();
  }
}
