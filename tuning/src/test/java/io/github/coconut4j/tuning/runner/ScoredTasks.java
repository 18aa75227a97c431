package io.github.coconut4j.tuning.runner;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.distribution.LogUniformDistribution;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;

/** Tasks whose score is a formula, and that remember what they were asked for. */
final class ScoredTasks implements TaskCreator {

  /** The score of a configuration in a task. */
  @FunctionalInterface
  interface Formula {
    double score(TrainingConfig config, Candidate<?> candidate) throws Exception;
  }

  private final Formula formula;
  private final List<Integer> trained = Collections.synchronizedList(new ArrayList<>());

  ScoredTasks(Formula formula) {
    this.formula = formula;
  }

  /** Learning rate and stages, 3 of them. */
  static TrainingConfigSpace space() {
    return TrainingConfigSpace.builder()
        .base(ConfigFile.parse("base", "{method: coconut, train_path: train.json}"))
        .parameter("lr", new ContinuousParameterSpace(new LogUniformDistribution(1e-4, 1e-2)))
        .parameter("max_latent_stage", new IntegerParameterSpace(1, 3))
        .build();
  }

  /** The same keys in the other order. */
  static TrainingConfigSpace reorderedSpace() {
    return TrainingConfigSpace.builder()
        .base(ConfigFile.parse("base", "{method: coconut, train_path: train.json}"))
        .parameter("max_latent_stage", new IntegerParameterSpace(1, 3))
        .parameter("lr", new ContinuousParameterSpace(new LogUniformDistribution(1e-4, 1e-2)))
        .build();
  }

  /** Numbers of the candidates whose tasks ran. */
  List<Integer> trained() {
    return List.copyOf(trained);
  }

  @SuppressWarnings({"deprecation", "rawtypes"})
  @Override
  public Callable<OptimizationResult> create(
      Candidate candidate,
      DataProvider provider,
      ScoreFunction score,
      List<StatusListener> listeners,
      IOptimizationRunner runner) {
    return () -> run(candidate);
  }

  @SuppressWarnings("rawtypes")
  @Override
  public Callable<OptimizationResult> create(
      Candidate candidate,
      Class<? extends DataSource> source,
      Properties properties,
      ScoreFunction score,
      List<StatusListener> listeners,
      IOptimizationRunner runner) {
    return () -> run(candidate);
  }

  private OptimizationResult run(Candidate<?> candidate) throws Exception {
    trained.add(candidate.getIndex());
    double score = formula.score((TrainingConfig) candidate.getValue(), candidate);
    CandidateInfo info =
        new CandidateInfo(
            candidate.getIndex(),
            CandidateStatus.Complete,
            score,
            0,
            0L,
            0L,
            candidate.getFlatParameters(),
            null);
    return new OptimizationResult(candidate, score, candidate.getIndex(), null, info, null);
  }
}
